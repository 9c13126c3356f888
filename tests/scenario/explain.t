# `license explain` says in words why a pool is in or out of compliance: the lots, who uses them, what is borrowed from
# where and lent to whom, since when it is out and by what, what brings it back, and what comes.
order CUWL=3 Basic=5
token T1 days=3650
product a
product b serial=S-B
register a token=T1
register b token=T1
explain Basic says="is in compliance in 'Default': 5 are left over." silent="in use:" silent="Its family"
# 3 CUWL and 5 Basic bought, Basic 7 used: 2 are borrowed, and it is in compliance.
report a Basic=7 -> AUTHORIZED
explain Basic says="is in compliance in 'Default': none is left over." says="5 are owned and 7 are in use, 2 are borrowed."
explain Basic says="5 perpetual licenses count since 1 Jan 2026, 00:00:00 UTC (now), without an end."
explain Basic says="7 are in use: 7 by a (PID UCM, SN "
explain Basic says="Its family, the highest first: CUWL, EnhancedPlus, Enhanced, Basic, Essential."
explain Basic says="2 are borrowed from UC Manager CUWL License (12.X), of which 3 are owned and 0 are in use."
explain Basic silent="missing" silent="none to lend" silent="more license" silent="out of compliance"
explain CUWL says="is in compliance in 'Default': 1 is left over." says="2 are lent to UC Manager Basic License (12.x), of which 5 are owned and 7 are in use."
explain CUWL silent="borrowed from UC"
# CUWL then used 2: Basic is short by 1, CUWL stays in compliance.
report b CUWL=2 -> AUTHORIZED
advance 3d
explain Basic says="UC Manager Basic License (12.x) is out of compliance in 'Default': 1 is missing."
explain Basic says="1 is borrowed from UC Manager CUWL License (12.X), of which 3 are owned and 2 are in use."
explain Basic says="UC Manager Enhanced License (12.x) has none to lend: none is owned."
explain Basic says="UC Manager CUWL License (12.X) has none left to lend: 3 are owned, 2 are in use, 1 is lent."
explain Basic says="Out of compliance since 1 Jan 2026, 00:00:00 UTC (3 days ago), at worst 1 short. What did it: b (PID UCM, SN S-B) uses 2 instead of 0 of UC Manager CUWL License (12.X) (event"
explain Basic says="usage.change" says="1 more license brings it back, of this kind or of a higher one of its family; so does using 1 fewer."
explain Basic says="New ones come from the cloud manager, whose administrator books them for 'Site A' in the account 'Acme'"
explain CUWL says="UC Manager CUWL License (12.X) is in compliance in 'Default': none is left over." says="1 is lent to"
# A virtual account that has some to spare is named as the cheaper cure.
virtual-account add Branch
order Basic=4
explain Basic says="is in compliance" says="It was last out of compliance from 1 Jan 2026, 00:00:00 UTC for 3 days, at worst 1 short: b (PID UCM, SN S-B) uses 2" says="a synchronization was imported: 9 instead of 5 of UC Manager Basic"
transfer Basic=4 from=Default to=Branch force
explain Basic says="1 is missing" says="The one missing can be transferred from 'Branch', which has 4 left over."
explain Basic says="What did it: 4 of UC Manager Basic License (12.x) went from 'Default' to 'Branch'"
transfer Basic=1 from=Branch to=Default
explain Basic says="is in compliance" silent="can be transferred"
explain Basic va=Branch says="is in compliance in 'Branch': 3 are left over." silent="in use:" silent="was last out"
