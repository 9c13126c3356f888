# Growth of one tier makes another one short: the cause says who lends less.
token T1 days=3650
product a
product b
register a token=T1
register b token=T1
order CUWL=60
order Basic=5
report b Basic=10
report a CUWL=11
advance 1d
report a CUWL=12
advance 1d
report a CUWL=13
advance 1d
report a CUWL=14
advance 1d
report a CUWL=15
advance 1d
report a CUWL=16
advance 1d
report a CUWL=17
advance 1d
report a CUWL=18
advance 1d
report a CUWL=19
advance 1d
report a CUWL=20
advance 1d
report a CUWL=21
advance 1d
report a CUWL=22
advance 1d
report a CUWL=23
advance 1d
report a CUWL=24
advance 1d
report a CUWL=25
advance 1d
report a CUWL=26
advance 1d
report a CUWL=27
advance 1d
report a CUWL=28
advance 1d
report a CUWL=29
advance 1d
report a CUWL=30
advance 1d
report a CUWL=31
advance 1d
report a CUWL=32
advance 1d
report a CUWL=33
advance 1d
report a CUWL=34
advance 1d
report a CUWL=35
advance 1d
report a CUWL=36
advance 1d
report a CUWL=37
advance 1d
report a CUWL=38
advance 1d
report a CUWL=39
advance 1d
report a CUWL=40
# CUWL: 40 of 60 in use, 5 lent. In 15 days 55 are in use, in 16 Basic lacks one; in 21 CUWL itself.
report b Basic=10
forecast CUWL growth=365 in-use=40 first-short=+21d around=1d missing=1 cause=USE_GROWS certain=none
forecast Basic growth=0 in-use=10 first-short=+16d around=1d missing=1 cause=LENDER_USE_GROWS certain=none says="4 can be borrowed from 15 Feb 2026 on, 5 were borrowed before: UC Manager CUWL License (12.X) needs more itself"
# What CUWL needs covers nobody else then: Basic needs its own 5.
forecast Basic days=60 needed=5
forecast CUWL days=60 needed=40
