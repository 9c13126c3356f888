# A year of a site with 1 000 products: they report once in 29 days, some fall silent, licenses run out and are renewed,
# a line is cut for weeks; at each moment the alerts are what they must be, and no others.
sync every 25d
order Basic=900
order Basic=100 type=TERM end=240d subscription=S1
fleet phones add 1000
fleet phones report 0 1000 Basic=1
license Basic quantity=1000 in-use=1000 available=0
no-alert any
advance 29d
fleet phones report 0 1000 Basic=1
no-alert any
# Day 58: five fall silent.
advance 29d
fleet phones report 0 995 Basic=1
advance 1d -1ms
no-alert any
advance 1ms
alert failed-to-renew count=5 raised=0ms due=60d severity=MINOR
advance 28d
fleet phones report 0 995 Basic=1
alert any count=5
advance 29d
fleet phones report 0 995 Basic=1
# Day 116, 119: their licenses come back.
advance 3d -1ms
license Basic in-use=1000
alert failed-to-renew count=5
advance 1ms
license Basic in-use=995 available=5
no-alert failed-to-renew
alert failed-to-connect count=5 raised=0ms severity=MAJOR
advance 26d
fleet phones report 0 995 Basic=1
# Day 145; an administrator removes the five.
fleet phones remove 995 1000
no-alert any
# Day 150: 90 days before the end of 100 licenses, of which 95 would be missing.
advance 5d -1ms
no-alert any
advance 1ms
alert licenses-expiring severity=MAJOR raised=0ms due=90d says="missing: 95 of UC Manager Basic"
advance 20d
order Basic=100 type=TERM start=70d end=435d subscription=S2
alert licenses-expiring severity=MINOR says="nothing will be missing"
acknowledge licenses-expiring note="renewed as S2"
advance 4d
fleet phones report 0 995 Basic=1
# Day 174; 180: registrations are renewed; two products need more licenses than there are.
advance 6d
fleet phones renew 0 995
alert licenses-expiring severity=MINOR acknowledged=no raised=0ms due=60d
acknowledge licenses-expiring
advance 23d
fleet phones report 0 995 Basic=1
fleet phones report 0 2 Basic=5
alert insufficient-licenses severity=MAJOR due=now raised=0ms says="short by 3"
alert any count=2
order Basic=3
no-alert insufficient-licenses
# Day 203: the line is cut for five weeks. One alert tells of 995.
advance 7d
alert licenses-expiring severity=MAJOR acknowledged=no raised=0ms due=30d
advance 22d
no-alert failed-to-renew
advance 1d
alert failed-to-renew count=1 of=995 raised=0ms due=60d
advance 6d
fleet phones report 0 995 Basic=1
fleet phones report 0 2 Basic=5
no-alert failed-to-renew
alert licenses-expiring severity=MAJOR due=1d
# Day 240: the lot ends, its successor begins; nothing is ever short.
advance 1d -1ms
alert licenses-expiring due=1ms
no-alert insufficient-licenses
advance 1ms
no-alert licenses-expiring
no-alert insufficient-licenses
license Basic quantity=1003 in-use=1003 available=0
alert any count=1
alert licenses-expired severity=MAJOR raised=0ms
acknowledge licenses-expired
advance 28d
fleet phones report 0 995 Basic=1
advance 2d
no-alert any
# Day 270: the courier is ill.
sync stop
advance 27d
fleet phones report 0 995 Basic=1
advance 3d -1ms
no-alert any
advance 1ms
alert sync-deadline severity=MINOR raised=0ms due=60d
advance 26d
fleet phones report 0 995 Basic=1
advance 27d
alert sync-deadline severity=MAJOR due=7d
sync
no-alert any
advance 1d
fleet phones report 0 995 Basic=1
advance 11d
no-alert any
verify
history Basic count=1 open=no shortage=3
