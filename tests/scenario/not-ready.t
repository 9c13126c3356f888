bare
# A satellite without authority cannot sign: products hear it on the carriage, HELLO works.
product ucm1
hello -> OK role=satellite
register ucm1 token=nonsense -> NOT_READY
send THIRD_PARTY_KEY ucm1 -> NOT_READY
report ucm1 Enhanced=1 -> NOT_READY
token T1 -> ACCOUNT_INACTIVE
account-is Acme status=PENDING
activate Acme -> NOT_REGISTERED
deactivate Acme -> NOT_REGISTERED
order Enhanced=5 unsynced
export F1
restart
register ucm1 token=nonsense -> NOT_READY
authorize F1 A1
import A1
account-is Acme status=ACTIVE
token T1
register ucm1 token=T1
report ucm1 Enhanced=5 -> AUTHORIZED
restart
report ucm1 Enhanced=5 -> AUTHORIZED
