# Licenses Expiring is MAJOR at once where the end would leave a pool short by what is in use now: with what borrows
# from it, and without what was renewed in time.
order Basic=5
order CUWL=3 type=TERM end=80d
token T1 days=365
product a
register a token=T1
report a Basic=6
alert licenses-expiring source=CUWL severity=MAJOR raised=0ms due=80d says="there will be missing: 1 of UC Manager Basic"
# Its successor is booked: nothing is missing then.
order CUWL=1 type=TERM start=80d end=400d
alert licenses-expiring source=CUWL severity=MINOR says="nothing will be missing"
# One that starts later does not help.
report a Basic=6 CUWL=2
alert licenses-expiring severity=MAJOR says="there will be missing: 1 of"
order CUWL=5 type=TERM start=81d end=400d
alert licenses-expiring severity=MAJOR
# Moved away, it is the other virtual account's matter.
report a Basic=5
virtual-account add Branch
transfer CUWL=3 from=Default to=Branch type=TERM
no-alert licenses-expiring va=Default source=Basic
# What is short anyway is not short by this end.
report a Basic=20 -> OUT_OF_COMPLIANCE
alert insufficient-licenses source=Basic va=Default
# Two lots that end together are one alert; another end is another one.
order Enhanced=2 type=DEMO end=50d
order Enhanced=3 type=DEMO end=50d
order Enhanced=4 type=DEMO end=51d
alert licenses-expiring source="Enhanced License" va=Default count=2
alert licenses-expiring source="Enhanced License" va=Default says="5 of"
