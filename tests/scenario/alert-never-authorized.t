# A product that registered and never asked for its authorization is awaited from its registration on; one that was
# moved, from its move.
order Basic=5
token T1 days=3650
token T2 days=3650
product a
product b
register a token=T1
register b token=T1
report b Basic=1
advance 30d -1ms
no-alert failed-to-renew
advance 1ms
alert failed-to-renew count=2
alert failed-to-renew count=2 says="has not"
virtual-account add Branch
token T3 va=Branch days=3650
register b token=T3 force
alert failed-to-renew count=1 says="and has not asked for its authorization since"
advance 30d -1s
alert failed-to-renew count=1
advance 1s
alert failed-to-renew count=2
sync
advance 30d -1s
alert failed-to-renew va=Default due=1s
advance 1s
alert failed-to-connect va=Default raised=0ms count=1
report a Basic=1
no-alert failed-to-connect
