# Use that grows by one a day runs out on the day that arithmetic says; growth that was long ago, or use that falls,
# does not count.
token T1 days=3650
sync every 30d
product a
register a token=T1
order Enhanced=100
report a Enhanced=10
advance 1d
report a Enhanced=11
advance 1d
report a Enhanced=12
advance 1d
report a Enhanced=13
advance 1d
report a Enhanced=14
advance 1d
report a Enhanced=15
advance 1d
report a Enhanced=16
advance 1d
report a Enhanced=17
advance 1d
report a Enhanced=18
advance 1d
report a Enhanced=19
advance 1d
report a Enhanced=20
advance 1d
report a Enhanced=21
advance 1d
report a Enhanced=22
advance 1d
report a Enhanced=23
advance 1d
report a Enhanced=24
advance 1d
report a Enhanced=25
advance 1d
report a Enhanced=26
advance 1d
report a Enhanced=27
advance 1d
report a Enhanced=28
advance 1d
report a Enhanced=29
advance 1d
report a Enhanced=30
advance 1d
report a Enhanced=31
advance 1d
report a Enhanced=32
advance 1d
report a Enhanced=33
advance 1d
report a Enhanced=34
advance 1d
report a Enhanced=35
advance 1d
report a Enhanced=36
advance 1d
report a Enhanced=37
advance 1d
report a Enhanced=38
advance 1d
report a Enhanced=39
advance 1d
report a Enhanced=40
advance 1d
report a Enhanced=41
advance 1d
report a Enhanced=42
advance 1d
report a Enhanced=43
advance 1d
report a Enhanced=44
advance 1d
report a Enhanced=45
advance 1d
report a Enhanced=46
advance 1d
report a Enhanced=47
advance 1d
report a Enhanced=48
advance 1d
report a Enhanced=49
# 49 are in use after 40 days: 101 will be in 52 days.
forecast Enhanced growth=365 history=40 in-use=49 first-short=+52d around=1d missing=1 certain=none cause=USE_GROWS needed-certain=0 says="101 in use on 2 Apr 2026, 49 now; 100 licenses"
# Until the horizon of two years 49 + 730 are in use.
forecast Enhanced needed=679
forecast Enhanced days=60 needed=9
# The end of a lot in the meantime: certain is what ends, likely what grows until then.
order Basic=4
order Enhanced=10 type=TERM end=30d
forecast Enhanced first-short=+52d
transfer Enhanced=60 from=Default to=Branch -> VIRTUAL_ACCOUNT_UNKNOWN
virtual-account add Branch
transfer Enhanced=60 from=Default to=Branch type=PERPETUAL force
forecast Enhanced first-short=+2d around=1d certain=+30d needed-certain=9
forecast Enhanced va=Branch first-short=none in-use=0 quantity=60
transfer Enhanced=60 from=Branch to=Default
# Every three days one: a third a day. First 90 days in which nothing changes put the growth behind us.
advance 30d
report a Enhanced=49
advance 30d
report a Enhanced=49
advance 30d
report a Enhanced=49
forecast Enhanced growth=0 first-short=none history=90
advance 3d
report a Enhanced=50
advance 3d
report a Enhanced=51
advance 3d
report a Enhanced=52
advance 3d
report a Enhanced=53
advance 3d
report a Enhanced=54
advance 3d
report a Enhanced=55
advance 3d
report a Enhanced=56
advance 3d
report a Enhanced=57
advance 3d
report a Enhanced=58
advance 3d
report a Enhanced=59
advance 3d
report a Enhanced=60
advance 3d
report a Enhanced=61
advance 3d
report a Enhanced=62
advance 3d
report a Enhanced=63
advance 3d
report a Enhanced=64
advance 3d
report a Enhanced=65
advance 3d
report a Enhanced=66
advance 3d
report a Enhanced=67
advance 3d
report a Enhanced=68
advance 3d
report a Enhanced=69
advance 3d
report a Enhanced=70
advance 3d
report a Enhanced=71
advance 3d
report a Enhanced=72
advance 3d
report a Enhanced=73
advance 3d
report a Enhanced=74
advance 3d
report a Enhanced=75
advance 3d
report a Enhanced=76
advance 3d
report a Enhanced=77
advance 3d
report a Enhanced=78
advance 3d
report a Enhanced=79
# 79 in use, 101 would be short: 22 more take 66 days.
forecast Enhanced history=90 in-use=79 first-short=+66d around=1d
# Falling use is taken as flat.
advance 1d
report a Enhanced=78
advance 1d
report a Enhanced=77
advance 1d
report a Enhanced=76
advance 1d
report a Enhanced=75
advance 1d
report a Enhanced=74
advance 1d
report a Enhanced=73
advance 1d
report a Enhanced=72
advance 1d
report a Enhanced=71
advance 1d
report a Enhanced=70
advance 1d
report a Enhanced=69
advance 1d
report a Enhanced=68
advance 1d
report a Enhanced=67
advance 1d
report a Enhanced=66
advance 1d
report a Enhanced=65
advance 1d
report a Enhanced=64
advance 1d
report a Enhanced=63
advance 1d
report a Enhanced=62
advance 1d
report a Enhanced=61
advance 1d
report a Enhanced=60
advance 1d
report a Enhanced=59
advance 1d
report a Enhanced=58
advance 1d
report a Enhanced=57
advance 1d
report a Enhanced=56
advance 1d
report a Enhanced=55
advance 1d
report a Enhanced=54
advance 1d
report a Enhanced=53
advance 1d
report a Enhanced=52
advance 1d
report a Enhanced=51
advance 1d
report a Enhanced=50
advance 1d
report a Enhanced=49
advance 1d
report a Enhanced=48
advance 1d
report a Enhanced=47
advance 1d
report a Enhanced=46
advance 1d
report a Enhanced=45
advance 1d
report a Enhanced=44
advance 1d
report a Enhanced=43
advance 1d
report a Enhanced=42
advance 1d
report a Enhanced=41
advance 1d
report a Enhanced=40
advance 1d
report a Enhanced=39
advance 1d
report a Enhanced=38
advance 1d
report a Enhanced=37
advance 1d
report a Enhanced=36
advance 1d
report a Enhanced=35
advance 1d
report a Enhanced=34
advance 1d
report a Enhanced=33
advance 1d
report a Enhanced=32
advance 1d
report a Enhanced=31
advance 1d
report a Enhanced=30
advance 1d
report a Enhanced=29
advance 1d
report a Enhanced=28
advance 1d
report a Enhanced=27
advance 1d
report a Enhanced=26
advance 1d
report a Enhanced=25
advance 1d
report a Enhanced=24
advance 1d
report a Enhanced=23
advance 1d
report a Enhanced=22
advance 1d
report a Enhanced=21
advance 1d
report a Enhanced=20
advance 1d
report a Enhanced=19
forecast Enhanced in-use=19 first-short=none needed=0
transfer Enhanced=90 from=Default to=Branch force
forecast Enhanced first-short=+0ms missing=9 until=none needed=9 needed-certain=9
