# When a pool went out of compliance and came back, with the event that did it, to the millisecond.
order Basic=5
order CUWL=2 type=DEMO end=20d
order CUWL=2 type=TERM start=30d end=200d
token T1 days=3650
product a
product b
register a token=T1
register b token=T1
history Basic count=0
report a Basic=8
history Basic count=1 open=yes shortage=1 by=usage.change out-for=0ms
history CUWL count=0
report b Basic=2
# It is still the same time, only worse.
history Basic count=1 open=yes shortage=3
advance 5d
report b Basic=0
history Basic count=1 open=yes shortage=3
report a Basic=7
history Basic count=1 open=no shortage=3 lasted=5d ended-by=usage.change
# A lot's end, noticed late, is written down at its own time; so is the start that heals.
advance 20d
report b Basic=0
history Basic count=2 open=yes shortage=2 out-for=5d by=license.end
advance 10d
restart
sync
history Basic count=2 open=no lasted=10d ended-by=license.start
# Licenses that come back because a product is silent heal at its 90th day.
report b Basic=3
history Basic count=3 open=yes by=usage.change
report a Basic=7
advance 30d
report a Basic=7
advance 30d
report a Basic=7
advance 10d
sync
advance 30d
report a Basic=7
history Basic count=3 open=no lasted=90d ended-by=instance.expire
events compliance.out=3 compliance.in=3 instance.expire=1 license.end=1 license.start=1
# Orders and removal.
report b CUWL=9
history CUWL count=1 open=yes shortage=7
history Basic count=4 open=yes
order CUWL=9
history CUWL count=1 open=no ended-by=sync.import
history Basic count=4 open=no ended-by=sync.import
# What did it is the change, not the alert that it raised as well.
report b CUWL=9 TelePresenceRoom=1 "DNA HSEC=1"
raised "Restricted License Not Available" of=b
history TelePresenceRoom count=1 open=yes by=usage.change
