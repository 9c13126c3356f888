# The end of a lot makes the first shortage exactly at its moment, and lots that start heal it at theirs. Use is flat:
# all of it is certain.
token T1 days=3650
product a
register a token=T1
order Enhanced=20
order Enhanced=60 type=TERM end=30d
report a Enhanced=72
forecast Enhanced first-short=+30d missing=52 until=none cause=LOTS_END certain=+30d needed=52 needed-certain=52 says="60 of 80 licenses end on 31 Jan 2026; 72 in use"
# One millisecond before, and at the moment itself.
advance 30d -1ms
forecast Enhanced first-short=+1ms missing=52 cause=LOTS_END
advance 1ms
forecast Enhanced first-short=+0ms missing=52 cause=NOW says="72 in use, 20 licenses"
# A lot that was bought and starts later heals; one that starts the very moment would have left no gap.
order Enhanced=60 type=TERM start=10d end=100d
forecast Enhanced first-short=+0ms until=+10d missing=52 needed=52
order Enhanced=52
forecast Enhanced first-short=none cause="" needed=0 certain=none
# What ends is replaced at the same moment: no shortage. A day later: a day of it.
order TelePresenceRoom=10 type=TERM end=40d
order TelePresenceRoom=10 type=TERM start=40d end=80d
order TelePresenceRoom=10 type=TERM start=81d end=900d
report a Enhanced=72 TelePresenceRoom=10
forecast TelePresenceRoom first-short=+80d until=+81d missing=10 cause=LOTS_END needed=10
# Less than what ends and starts at one moment is missing: both are told.
report a Enhanced=72 TelePresenceRoom=15
forecast TelePresenceRoom first-short=+0ms until=none missing=5 needed=15
report a Enhanced=72 TelePresenceRoom=8
order TelePresenceRoom=5 type=TERM start=80d end=81d
forecast TelePresenceRoom first-short=+80d until=+81d missing=3 says="10 of 10 licenses end on 21 Apr 2026 and 5 start; 8 in use"
# The horizon: nothing is told of what lies behind it.
forecast TelePresenceRoom days=80 first-short=+80d
forecast TelePresenceRoom days=79 first-short=none needed=0
