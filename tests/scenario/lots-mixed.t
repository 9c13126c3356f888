# Lots of all types of one tag, side by side and one after the other: each counts from its start to just before its
# end, once, and nothing is counted twice where one ends and the next starts at the same moment.
order Basic=4
order Basic=2 type=TERM end=30d subscription=Sub-1
order Basic=2 type=TERM start=30d end=60d subscription=Sub-2
order Basic=3 type=DEMO start=10d end=40d
order Basic=1 type=DEMO start=10d end=10d -> INVALID_REQUEST
token T1 days=3650
product a
register a token=T1
report a Basic=6 -> AUTHORIZED
license Basic quantity=6 pending=5 available=0
advance 10d -1ms
license Basic quantity=6 pending=5
advance 1ms
license Basic quantity=9 pending=2 available=3
# The renewal starts when its predecessor ends: never both, never none.
advance 20d -1ms
license Basic quantity=9 pending=2
advance 1ms
license Basic quantity=9 pending=0
expect a status=Authorized
advance 10d -1ms
license Basic quantity=9
advance 1ms
license Basic quantity=6 available=0 status="In Compliance"
expect a status=Authorized
sync
advance 20d -1ms
license Basic quantity=6
expect a status=Authorized
advance 1ms
license Basic quantity=4 available=-2 status="Out Of Compliance"
expect a status="Out Of Compliance"
report a Basic=6 -> OUT_OF_COMPLIANCE
history Basic count=1 open=yes shortage=2 out-for=0ms by=license.end
events license.end=3 license.start=2
# The history has one time only: the change of lots at day 30 never made it short.
restart
license Basic quantity=4 pending=0
subscriptions Default count=3 first=Sub-1
