# Borrowing postpones a shortage to the moment at which nobody can lend any more; the cause names the lender.
token T1 days=3650
product a
product b
register a token=T1
register b token=T1
order Basic=5 type=TERM end=20d
order CUWL=10 type=TERM end=50d
report a Basic=5
report b CUWL=4
# Basic is left alone after 20 days and borrows 5 of the 6 that CUWL has left.
forecast Basic first-short=+50d missing=5 cause=LENDER_LOTS_END needed=5 says="0 can be borrowed from 20 Feb 2026 on, 5 were borrowed before: 10 of 10 of UC Manager CUWL License (12.X)"
forecast CUWL first-short=+50d missing=4 cause=LOTS_END
# One more in use than both have: short when its own end.
report a Basic=7
forecast Basic first-short=+20d missing=1 cause=LOTS_END says="5 of 5 licenses end on 21 Jan 2026; 7 in use, 6 borrowed"
advance 20d -1ms
license Basic available=0 borrowed=2
forecast Basic first-short=+1ms missing=1
advance 1ms
license Basic available=-1 borrowed=6
forecast Basic first-short=+0ms missing=1 cause=NOW says="7 in use, 0 licenses, 6 borrowed"
# What is needed of the higher tier is counted as bought; here Basic needs its own all the same.
forecast Basic needed=7 needed-certain=7
forecast CUWL needed=4
# A tier that borrows first leaves less for the one below.
order EnhancedPlus=2 type=TERM end=10d
report b CUWL=4 EnhancedPlus=2
forecast EnhancedPlus first-short=+30d cause=LENDER_LOTS_END
report a Basic=6
forecast Basic first-short=+10d missing=2 until=none cause=LENT_ELSEWHERE says="a higher tier borrows them"
