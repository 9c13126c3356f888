# Term and demo lots keep end and subscription wherever they are moved, whole or in part: the end of a lot changes
# compliance in the virtual account where it lies that millisecond, and nowhere else.
order Basic=2
order Basic=6 type=TERM end=30d subscription=Sub-1
order Enhanced=3 type=DEMO end=20d
virtual-account add Branch
virtual-account add Lab
token TD days=3650
token TB days=3650 va=Branch
token TL days=3650 va=Lab
product d
product b
product l
register d token=TD
register b token=TB
register l token=TL
transfer Basic=3 from=Default to=Branch type=TERM
transfer Basic=1 from=Branch to=Lab type=TERM
transfer Enhanced=2 from=Default to=Lab
subscriptions Default count=2
subscriptions Branch count=1 first=Sub-1
subscriptions Lab count=2
license Basic quantity=5
license Basic va=Branch quantity=2
license Basic va=Lab quantity=1
report d Basic=2 -> AUTHORIZED
report b Basic=2 -> AUTHORIZED
report l Basic=3 -> AUTHORIZED
license Basic va=Lab borrowed=2 available=0
license Enhanced va=Lab lent=2 available=0
explain Basic va=Branch says="2 term licenses (subscription Sub-1) count since 1 Jan 2026, 00:00:00 UTC (now) and end on 31 Jan 2026, 00:00:00 UTC (in 30 days)."
# The lender's demo ends: Lab alone is short, at that millisecond.
advance 20d -1ms
license Basic va=Lab status="In Compliance"
expect l status=Authorized
advance 1ms
license Basic va=Lab available=-2 status="Out Of Compliance"
expect l status="Out Of Compliance"
expect d status=Authorized
expect b status=Authorized
# What has ended moves no more.
transfer Enhanced=1 from=Lab to=Default force -> NOT_ENOUGH says="0 free in 'Lab': 0 owned"
advance 10d -1ms
license Basic va=Branch quantity=2 status="In Compliance"
expect b status=Authorized
sync
advance 1ms
license Basic va=Branch quantity=0 available=-2 status="Out Of Compliance"
expect b status="Out Of Compliance"
license Basic quantity=2 available=0 status="In Compliance"
expect d status=Authorized
license Basic va=Lab quantity=0 available=-3
report b Basic=2 -> OUT_OF_COMPLIANCE
history Basic va=Branch count=1 open=yes shortage=2 out-for=0ms by=license.end
history Basic va=Lab count=1 open=yes shortage=3 out-for=10d by=license.end
history Basic count=0
explain Basic va=Branch says="What did it: 6 TERM licenses of UC Manager Basic License (12.x) ended (subscription Sub-1)"
# A synchronization leaves the parts where they lie, also those that ended.
sync
subscriptions Branch count=1 first=Sub-1
