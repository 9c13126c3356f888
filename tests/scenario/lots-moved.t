# Term and subscription go along with moved licenses: what ends, ends where it lies; the longest-lived go first.
order Enhanced=2
order Enhanced=3 type=TERM end=30d subscription=Sub-1
virtual-account add Branch
transfer Enhanced=4 from=Default to=Branch
license Enhanced quantity=1
license Enhanced va=Branch quantity=4
advance 30d
# The receiver got both perpetual ones.
license Enhanced quantity=0
license Enhanced va=Branch quantity=2
transfer Enhanced=3 from=Branch to=Default -> NOT_ENOUGH
transfer Enhanced=1 type=TERM from=Branch to=Default -> NOT_ENOUGH
transfer Enhanced=1 type=PERPETUAL from=Branch to=Default
license Enhanced quantity=1
# A lot that starts later.
order Basic=5 type=TERM start=10d end=20d
license Basic quantity=0 pending=5
advance 10d
license Basic quantity=5 pending=0
transfer Basic=2 from=Default to=Branch
advance 10d
license Basic quantity=0
license Basic va=Branch quantity=0
