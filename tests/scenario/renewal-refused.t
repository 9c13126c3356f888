# A refused message changes nothing: naming the successor in it does not end the predecessor.
order Enhanced=5
token T1
product ucm1
register ucm1 token=T1
report ucm1 Enhanced=2
renew ucm1
certificates ucm1 CURRENT SUCCESSOR
report ucm1 cert=2 Enhanced=-1 -> INVALID_REQUEST
deactivate Acme
report ucm1 cert=2 Enhanced=2 -> ACCOUNT_INACTIVE
activate Acme
certificates ucm1 CURRENT SUCCESSOR
report ucm1 cert=1 Enhanced=2 -> AUTHORIZED
report ucm1 cert=2 Enhanced=2 -> AUTHORIZED
certificates ucm1 SUPERSEDED CURRENT
