# Perpetual, term and demo lots; start and end are exact to the millisecond.
order Enhanced=5
order Enhanced=3 type=TERM start=10d end=40d subscription=Sub-1
order Enhanced=2 type=DEMO end=20d
token T1 days=365
product a
register a token=T1
license Enhanced quantity=7 pending=3
report a Enhanced=8 -> OUT_OF_COMPLIANCE
advance 10d -1ms
license Enhanced quantity=7 pending=3 status="Out Of Compliance"
expect a status="Out Of Compliance"
advance 1ms
license Enhanced quantity=10 pending=0 available=2 status="In Compliance"
expect a status=Authorized
report a Enhanced=8 -> AUTHORIZED
advance 10d -1ms
license Enhanced quantity=10
advance 1ms
license Enhanced quantity=8 available=0 status="In Compliance"
report a Enhanced=8 -> AUTHORIZED
advance 20d -1ms
license Enhanced quantity=8
expect a status=Authorized
advance 1ms
license Enhanced quantity=5 available=-3 status="Out Of Compliance"
expect a status="Out Of Compliance"
report a Enhanced=8 -> OUT_OF_COMPLIANCE Enhanced:OutOfCompliance:8
restart
license Enhanced quantity=5 in-use=8
# What cannot be ordered.
order Enhanced=0 -> INVALID_REQUEST
order Enhanced=1 type=TERM -> INVALID_REQUEST
order Enhanced=1 end=5d -> INVALID_REQUEST
order Enhanced=1 type=TERM start=5d end=5d -> INVALID_REQUEST
order Enhanced=1 type=RENTED end=5d -> INVALID_REQUEST
order Nothing=1 -> ENTITLEMENT_UNKNOWN
order Enhanced=2147483648 -> INVALID_REQUEST
