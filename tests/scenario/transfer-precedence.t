# Which lots a transfer takes first: LONGEST_TERM_FIRST unless told otherwise, SHORTEST_TERM_FIRST, only one type, only
# those that start later. Lots that count today go before those that start later.
order Basic=2
order Basic=2 type=TERM end=100d subscription=Long
order Basic=2 type=DEMO end=10d subscription=Short
order Basic=2 type=TERM start=50d end=400d subscription=Later
virtual-account add Branch
transfer Basic=1 from=Default to=Branch precedence=CHEAPEST_FIRST -> INVALID_REQUEST says="LONGEST_TERM_FIRST or SHORTEST_TERM_FIRST, not 'CHEAPEST_FIRST'"
transfer Basic=1 from=Default to=Branch type=RENTED -> INVALID_REQUEST says="PERPETUAL, TERM or DEMO, not 'RENTED'"
transfer Basic=3 from=Default to=Branch precedence=SHORTEST_TERM_FIRST
subscriptions Branch count=2 first=Short
license Basic quantity=3 pending=2
license Basic va=Branch quantity=3 pending=0
transfer Basic=3 from=Branch to=Default
# The perpetual ones first.
transfer Basic=3 from=Default to=Branch precedence=LONGEST_TERM_FIRST
subscriptions Branch count=1 first=Long
transfer Basic=1 from=Branch to=Default type=TERM
transfer Basic=2 from=Branch to=Default
# All that count go before the first that starts later, whatever its end.
transfer Basic=7 from=Default to=Branch
license Basic va=Branch quantity=6 pending=1
license Basic quantity=0 pending=1
transfer Basic=7 from=Branch to=Default
# Only those that start later: it makes nobody short, today.
token T1 days=3650
product a
register a token=T1
report a Basic=6 -> AUTHORIZED
transfer Basic=1 from=Default to=Branch -> NOT_ENOUGH says="0 free in 'Default': 6 owned, 6 in use"
transfer Basic=3 from=Default to=Branch pending -> NOT_ENOUGH says="3 of UC Manager Basic License (12.x) that start later asked, 2 free in 'Default'"
transfer Basic=2 from=Default to=Branch pending type=DEMO -> NOT_ENOUGH says="of type DEMO that start later asked, 0 free"
transfer Basic=2 from=Default to=Branch pending
license Basic quantity=6 pending=0
license Basic va=Branch quantity=0 pending=2
subscriptions Branch count=1 first=Later
# It starts where it lies now, to the millisecond.
advance 50d -1ms
license Basic va=Branch quantity=0 pending=2
advance 1ms
license Basic va=Branch quantity=2 pending=0
license Basic quantity=4 available=-2
transfer Basic=2 from=Branch to=Default pending -> NOT_ENOUGH
transfer Basic=2 from=Branch to=Default type=TERM
license Basic quantity=6 available=0 status="In Compliance"
events license.transfer=9
