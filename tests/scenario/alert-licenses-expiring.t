# Licenses Expiring: 90, 60, 30, 14, 7, 3 and 1 days before the end; each step is a new alert, MAJOR from 30 days on.
order Basic=5 type=TERM end=200d
advance 110d -1ms
sync
no-alert licenses-expiring
no-alert licenses-expiring at=manager
advance 1ms
alert licenses-expiring source=Basic severity=MINOR raised=0ms due=90d count=1 says="5 of UC Manager Basic"
alert licenses-expiring at=manager va="Site A" severity=MINOR raised=0ms due=90d says="With what is in use now nothing will be missing"
alert licenses-expiring says="nothing will be missing"
acknowledge licenses-expiring
advance 30d -1ms
alert licenses-expiring acknowledged=yes severity=MINOR
advance 1ms
alert licenses-expiring acknowledged=no severity=MINOR raised=0ms due=60d
acknowledge licenses-expiring
advance 30d -1ms
alert licenses-expiring acknowledged=yes severity=MINOR
advance 1ms
alert licenses-expiring acknowledged=no severity=MAJOR raised=0ms due=30d
acknowledge licenses-expiring note="renewal is ordered"
sync
alert licenses-expiring acknowledged=yes note="renewal is ordered"
advance 16d -1ms
alert licenses-expiring acknowledged=yes
advance 1ms
alert licenses-expiring acknowledged=no raised=0ms due=14d
acknowledge licenses-expiring
advance 7d -1ms
alert licenses-expiring acknowledged=yes
advance 1ms
alert licenses-expiring acknowledged=no raised=0ms due=7d
acknowledge licenses-expiring
advance 4d -1ms
alert licenses-expiring acknowledged=yes
advance 1ms
alert licenses-expiring acknowledged=no raised=0ms due=3d
acknowledge licenses-expiring
advance 2d -1ms
alert licenses-expiring acknowledged=yes
advance 1ms
alert licenses-expiring acknowledged=no raised=0ms due=1d
acknowledge licenses-expiring
advance 1d -1ms
alert licenses-expiring acknowledged=yes due=1ms
no-alert licenses-expired
advance 1ms
no-alert licenses-expiring
alert licenses-expired severity=MAJOR raised=0ms due=now acknowledged=no
events alert.acknowledge=7
# One is told as one.
order TelePresenceRoom=1 type=TERM end=20d
alert licenses-expiring source=Room says=" ends on "
token T
product t
register t token=T
report t TelePresenceRoom=1
forecast TelePresenceRoom first-short=+20d says="1 of 1 license ends on"
advance 20d
alert licenses-expired source=Room says="and no longer counts. Renew what is needed"
