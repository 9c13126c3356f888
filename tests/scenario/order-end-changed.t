# A subscription is renewed at the manager: its lot ends later; the satellite gets it with the next file, and the new end
# is exact. The other way round it ends earlier, at once if that is past.
order Enhanced=5 type=TERM end=30d
token T1
product ucm1
register ucm1 token=T1
report ucm1 Enhanced=5
advance 20d
order-change Enhanced type=TERM end=20d
advance 20d -1ms
license Enhanced quantity=5
expect ucm1 status=Authorized
advance 1ms
license Enhanced quantity=0
expect ucm1 status="Out Of Compliance"
history Enhanced open=yes by=license.end
# Renewed too late: back in compliance with the synchronization.
order-change Enhanced type=TERM end=10d unsynced
expect ucm1 status="Out Of Compliance"
sync
expect ucm1 status=Authorized
history Enhanced open=no
order-change Enhanced type=TERM end=-1d
license Enhanced quantity=0
order-change Enhanced type=TERM end=-100d -> INVALID_REQUEST says="before it starts"
