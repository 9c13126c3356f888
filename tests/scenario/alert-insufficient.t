# Insufficient Licenses: a pool that is short has an alert, MAJOR, to act on at once, from the change or the moment that
# made it short; it goes by itself, and comes back as a new one.
order Basic=5
order CUWL=2 type=DEMO end=20d
token T1 days=365
product a
product b
register a token=T1
register b token=T1
report a Basic=5
no-alert insufficient-licenses
# Two are lent by CUWL.
report b Basic=2
no-alert insufficient-licenses
report b Basic=3 -> OUT_OF_COMPLIANCE Basic:OutOfCompliance:3
alert insufficient-licenses source=Basic severity=MAJOR due=now raised=0ms acknowledged=no count=1 says="short by 1 in 'Default' of 'Acme': 8 in use, 5 owned, 2 borrowed"
advance 1d
alert insufficient-licenses raised=-1d due=now
report b Basic=2
no-alert insufficient-licenses
# The end of a lot makes it short that very millisecond, whether anything runs or not; it is the lender's lot.
advance 19d -1ms
no-alert insufficient-licenses
advance 1ms
alert insufficient-licenses source=Basic raised=0ms count=1 says="7 in use, 5 owned."
advance 1d
alert insufficient-licenses source=Basic raised=-1d
acknowledge insufficient-licenses note="ordered, PO 4711"
alert insufficient-licenses acknowledged=yes by=story note="ordered, PO 4711"
# Acknowledged again without a note: it keeps the one that it has.
acknowledge insufficient-licenses
alert insufficient-licenses acknowledged=yes note="ordered, PO 4711"
# Worse is the same alert; it was seen.
report b Basic=4 CUWL=1 -> OUT_OF_COMPLIANCE
alert insufficient-licenses source=Basic acknowledged=yes raised=-1d says="short by 4"
alert insufficient-licenses source=CUWL acknowledged=no raised=0ms
alert insufficient-licenses count=2
# Bought: gone. Short again: a new alert, which nobody has seen.
order Basic=4
no-alert insufficient-licenses source=Basic
advance 1h
report b Basic=5 CUWL=1 -> OUT_OF_COMPLIANCE
alert insufficient-licenses source=Basic acknowledged=no raised=0ms
events alert.acknowledge=2
# What lasts comes before what only happened, however long ago.
raise taken-over a
advance 1d
report b Basic=4 CUWL=1 -> OUT_OF_COMPLIANCE
report b Basic=5 CUWL=1 -> OUT_OF_COMPLIANCE
alert any says="short by"
alert taken-over raised=-1d
# Each virtual account for itself.
virtual-account add Branch
transfer Basic=9 from=Default to=Branch force
alert insufficient-licenses source=Basic va=Default says="short by 10"
no-alert insufficient-licenses va=Branch
transfer Basic=9 from=Branch to=Default
remove b
no-alert insufficient-licenses
