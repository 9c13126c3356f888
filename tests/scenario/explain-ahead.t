# What explain says of lots that end, ended, or start later, one millisecond before and after; also those of lenders.
order Basic=2
order Basic=3 type=DEMO end=20d
order CUWL=2 type=TERM start=30d end=60d subscription=Sub-1
token T1 days=3650
product a
register a token=T1
report a Basic=4 -> AUTHORIZED
explain Basic says="3 demo licenses count since 1 Jan 2026, 00:00:00 UTC (now) and end on 21 Jan 2026, 00:00:00 UTC (in 20 days)."
explain Basic says="On 21 Jan 2026, 00:00:00 UTC (in 20 days) 3 demo licenses end: then 2 are missing, if as many are in use as today."
explain Basic says="On 31 Jan 2026, 00:00:00 UTC (in 30 days) 2 term licenses (subscription Sub-1) of UC Manager CUWL License (12.X) start: then none is left over"
explain Basic says="On 2 Mar 2026, 00:00:00 UTC (in 60 days) 2 term licenses (subscription Sub-1) of UC Manager CUWL License (12.X) end: then 2 are missing"
explain CUWL says="2 term licenses (subscription Sub-1) start on 31 Jan 2026, 00:00:00 UTC (in 30 days) and end on 2 Mar 2026, 00:00:00 UTC (in 60 days); until then they do not count."
explain CUWL says="none is owned and none is in use" silent="demo"
advance 20d -1ms
explain Basic says="is in compliance in 'Default': 1 is left over." says="3 demo licenses count"
outages Basic count=0
advance 1ms
outages Basic count=1 open=yes shortage=2
outages Basic va=Default count=1 open=yes shortage=2
history Basic count=0
explain Basic says="is out of compliance in 'Default': 2 are missing." says="3 demo licenses ended on 21 Jan 2026, 00:00:00 UTC (now) and no longer count."
explain Basic says="What did it: 3 DEMO licenses of UC Manager Basic License (12.x) ended."
# The writer notes it a little later, with its event; until then the lots themselves tell.
report a Basic=4 -> OUT_OF_COMPLIANCE
explain Basic says="What did it: 3 DEMO licenses of UC Manager Basic License (12.x) ended (event" says="license.end"
advance 10d -1ms
explain Basic says="2 are missing"
outages Basic count=1 open=yes
advance 1ms
outages Basic count=1 open=no shortage=2
history Basic count=1 open=yes
explain Basic says="is in compliance" says="It was last out of compliance from 21 Jan 2026, 00:00:00 UTC for 10 days, at worst 2 short: 3 DEMO licenses of UC Manager Basic License (12.x) ended; until 2 TERM licenses of UC Manager CUWL License (12.X) started."
sync
outages Basic count=1 open=no shortage=2
explain Basic says="12.x) ended; until 2 TERM licenses of UC Manager CUWL License (12.X) started (subscription Sub-1)."
explain Basic says="3 demo licenses ended on 21 Jan 2026, 00:00:00 UTC (10 days ago) and no longer count."
# The lender's demand is met first: then its lots' ends no longer matter here.
advance 30d
explain Basic says="2 are missing" says="UC Manager CUWL License (12.X) has none to lend: none is owned."
# Two lots at the same moment: the last sentence tells how it stands with both.
order Basic=1 type=TERM start=5d end=50d
order Basic=1 type=DEMO start=5d end=50d
explain Basic says="1 term license starts on 7 Mar 2026" says="1 term license starts." says="1 demo license starts: then none is left over"
