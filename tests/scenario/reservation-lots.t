# A reservation takes licenses of certain lots: those that last, or those that end soonest if so wished. It ends with
# its lot, on both sides in that second, without any message.
permit-reservation Acme yes
order Basic=2 type=TERM end=30d subscription=S1 unsynced
order Basic=2 type=TERM end=60d subscription=S2 unsynced
order Basic=2 unsynced
order Basic=3 unsynced
order Basic=9 type=TERM start=1d end=90d
product p1
product p2
product p3
# Perpetual lots look the same to a product: one entry. What has not started yet cannot be reserved.
reserve p1 as=C1 Basic=6 -> OK Basic:1:TERM Basic:5:PERPETUAL
reserve p2 as=D1 Basic=3 precedence=shortest -> OK Basic:2:TERM Basic:1:TERM
reserve p3 Basic=1 -> NOT_ENOUGH says="1 of UC Manager Basic License (12.x) asked, 0 can be reserved in 'Default': 9 owned, 0 in use, 9 reserved"
license Basic quantity=9 reserved=9 available=0 pending=9
advance 1d
license Basic quantity=18 reserved=9 available=9
# The tick before and the tick of the first end.
advance 29d -1ms
license Basic quantity=18 reserved=9 available=9
advance 1ms
license Basic quantity=16 reserved=7 available=9
reservation p2 RESERVED Basic=3
# An update keeps what is held and still valid, then takes others; what ended is gone with the confirmation.
update p2 as=D2 Basic=4 -> OK Basic:1:TERM Basic:3:TERM
license Basic reserved=10 available=6
confirm p2 code=D2
reservation p2 RESERVED Basic=4
license Basic reserved=10 available=6
# The old set again, as it was issued, ended or not.
advance 29d
update p1 as=C2 Basic=1
advance 1d
cancel p1 as=C3 -> OK Basic:1:TERM Basic:5:PERPETUAL
confirm p1 code=C3
license Basic quantity=14 reserved=8 available=6
# All of it ended: returned all the same.
advance 30d
license Basic quantity=5 reserved=5 available=0
reservation p2 RESERVED Basic=4
return p2 code=D2
return p1 code=C3
license Basic quantity=5 reserved=0 available=5
