# The figure of a day is the most that was in use at any moment of it; a day without a change is as its eve ended. The
# first day with anything known is the day of the first change.
token T1 days=3650
product a
product b
register a token=T1
register b token=T1
order Enhanced=10
advance 6h
used Enhanced ago=0 is=0
used Enhanced ago=1 is=unknown
report a Enhanced=5
report a Enhanced=8
report a Enhanced=3
used Enhanced ago=0 is=8
# The next day begins with what the first ended with, also for a reader before anything was written.
advance 1d
used Enhanced ago=0 is=3
used Enhanced ago=1 is=8
advance 1d
report a Enhanced=3
used Enhanced ago=0 is=3
used Enhanced ago=1 is=3
used Enhanced ago=2 is=8
# A fall in the middle of a day leaves the day as it began.
report a Enhanced=1
used Enhanced ago=0 is=3
advance 1d
used Enhanced ago=0 is=1
used Enhanced ago=1 is=3
# Another product adds.
report b Enhanced=2
used Enhanced ago=0 is=3
# A restart writes nothing new.
restart
used Enhanced ago=0 is=3
used Enhanced ago=2 is=3
used Enhanced ago=3 is=8
# Rights end 90 days after the last report: a's first, at 06:00, then b's a day later. Nobody writes in the meantime.
advance 89d
used Enhanced ago=0 is=3
used Enhanced ago=87 is=3
advance 1d
used Enhanced ago=0 is=2
used Enhanced ago=1 is=3
advance 1d
used Enhanced ago=0 is=0
used Enhanced ago=1 is=2
used Enhanced ago=2 is=3
# The same once the server swept them, at their own moments.
virtual-account add Branch
used Enhanced ago=0 is=0
used Enhanced ago=1 is=2
used Enhanced ago=2 is=3
used Enhanced ago=90 is=3
used Enhanced va=Branch ago=0 is=unknown
# Two years are kept, and what they began with.
advance 640d
order Basic=1
used Enhanced ago=730 is=3
used Enhanced ago=731 is=3
advance 3d
order Basic=1
used Enhanced ago=640 is=0
used Enhanced ago=730 is=3
