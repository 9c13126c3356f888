# A forecast of flat use: with enough licenses there is no shortage, with too few there is one now. With less than 14
# days of history no trend is seen, however steep.
token T1 days=3650
sync every 30d
product a
register a token=T1
order Enhanced=10
report a Enhanced=10
forecast Enhanced first-short=none missing=0 needed=0 cause="" growth=0 history=1
advance 1d
report a Enhanced=11
forecast Enhanced first-short=+0ms missing=1 needed=1 cause=NOW says="11 in use, 10 licenses" growth=0 history=2
report a Enhanced=10
advance 11d
report a Enhanced=10
forecast Enhanced first-short=none growth=0 history=13
advance 1d
forecast Enhanced first-short=none growth=0 history=14
# One jump is no trend.
order Enhanced=20
report a Enhanced=20
advance 20d
report a Enhanced=20
forecast Enhanced first-short=none growth=0 in-use=20 quantity=30
# Rights that lapse give their licenses back: use falls, and is taken as flat.
advance 90d
forecast Enhanced first-short=none in-use=0 growth=0
used Enhanced ago=0 is=20
advance 1d
used Enhanced ago=0 is=0
# What is used and not owned is short at once.
report a TelePresenceRoom=3
forecast TelePresenceRoom first-short=+0ms missing=3 needed=3
