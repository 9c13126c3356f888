# At the manager too: a satellite that has not synchronized for 30 days, its authority's end, and what it is short of.
order Enhanced=2
token T1 days=365
product a
register a token=T1
report a Enhanced=3 -> OUT_OF_COMPLIANCE
no-alert any at=manager
sync
license Enhanced at=manager va="Site A" in-use=3 available=-1
alert insufficient-licenses at=manager va="Site A" says="3 in use, 2 owned"
history Enhanced at=manager va="Site A" count=1 open=yes shortage=1 by=sync.request
explain Enhanced at=manager va="Site A" says="is out of compliance in 'Site A': 1 is missing" says="a"
report a Enhanced=1
sync
no-alert any at=manager
license Enhanced at=manager va="Site A" in-use=1 available=1
advance 30d -1ms
no-alert sync-deadline at=manager
advance 1ms
alert sync-deadline at=manager va="Site A" source=satellite severity=MINOR raised=0ms due=60d says="Have it synchronized by"
advance 53d
alert sync-deadline at=manager severity=MAJOR raised=0ms
advance 7d
no-alert sync-deadline at=manager
alert satellite-expired at=manager severity=MAJOR raised=0ms due=0ms
sync
no-alert any at=manager
