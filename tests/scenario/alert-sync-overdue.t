# Synchronization Overdue: a scheduled synchronization was missed by 24 hours.
no-alert any
schedule-sync 7d
advance 8d -1ms
no-alert sync-overdue
advance 1ms
alert sync-overdue severity=MINOR raised=0ms due=now says="A synchronization of 'Acme' was due on"
acknowledge sync-overdue
sync
no-alert sync-overdue
# One that came too early does not count for it.
schedule-sync 7d
advance 7d -1ms
sync
advance 1d 1ms
alert sync-overdue raised=0ms acknowledged=no
schedule-sync none
no-alert sync-overdue
schedule-sync 7d
advance 7d
sync
advance 20d
no-alert sync-overdue
# Past the authority there is one alert, not two.
schedule-sync 1d
advance 70d
alert satellite-expired
no-alert sync-overdue
no-alert sync-deadline
