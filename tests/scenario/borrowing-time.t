# The end of a lot of the lender makes the borrower short that very millisecond, and a start heals it.
order Basic=5
order CUWL=2 type=DEMO end=20d
order CUWL=2 type=TERM start=30d end=60d
token T1 days=365
product a
register a token=T1
report a Basic=7 -> AUTHORIZED
license CUWL quantity=2 pending=2 lent=2
advance 20d -1ms
expect a status=Authorized
license Basic borrowed=2 available=0 status="In Compliance"
advance 1ms
expect a status="Out Of Compliance"
license Basic borrowed=0 available=-2 status="Out Of Compliance"
license CUWL quantity=0 lent=0 available=0 status="In Compliance"
report a Basic=7 -> OUT_OF_COMPLIANCE
advance 10d -1ms
expect a status="Out Of Compliance"
advance 1ms
expect a status=Authorized
license Basic borrowed=2 available=0 status="In Compliance"
