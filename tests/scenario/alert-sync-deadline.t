# Upcoming Sync Deadline: 30 days after the last synchronization, due when the authority ends; MAJOR, as a new alert, in
# the last 7 days. From that end on it is Satellite Expired. The next answered file ends either.
advance 30d -1ms
no-alert any
advance 1ms
alert sync-deadline source=Acme severity=MINOR raised=0ms due=60d says="Synchronize it by"
acknowledge sync-deadline note="courier on Monday"
advance 53d -1ms
alert sync-deadline severity=MINOR acknowledged=yes
advance 1ms
alert sync-deadline severity=MAJOR raised=0ms due=7d acknowledged=no count=1
advance 7d -1ms
alert sync-deadline due=1ms
no-alert satellite-expired
advance 1ms
no-alert sync-deadline
alert satellite-expired severity=MAJOR raised=0ms due=now acknowledged=no says="The authority of this satellite for 'Acme' ended on"
advance 100d
alert satellite-expired raised=-100d
sync
no-alert any
advance 30d
alert sync-deadline severity=MINOR acknowledged=no
sync
no-alert any
# An account that is switched off needs none.
advance 90d
deactivate Acme
no-alert any
activate Acme
alert satellite-expired
