# An account that is switched off: nothing but deregistration; switched on again, all is as it was.
order Enhanced=5
token T1
product a
product b
register a token=T1
report a Enhanced=5
deactivate Acme
account-is Acme status=INACTIVE
register b token=T1 -> ACCOUNT_INACTIVE
register a token=T1 -> ACCOUNT_INACTIVE
report a Enhanced=1 -> ACCOUNT_INACTIVE says=Acme
renew a -> ACCOUNT_INACTIVE
token T2 -> ACCOUNT_INACTIVE
license Enhanced in-use=5
expect a status=Authorized
activate Acme
activate Acme
report a Enhanced=1 -> AUTHORIZED
register b token=T1
deactivate Nobody -> ACCOUNT_UNKNOWN
events account.deactivate=1 account.activate=1
# An account that is switched off at the manager gets no further authority; what was given lasts.
deactivate Acme at=manager
export F1 registration
authorize F1 A1 -> ACCOUNT_INACTIVE
report a Enhanced=1 -> AUTHORIZED
activate Acme at=manager
authorize F1 A1
import A1
report a Enhanced=1 -> AUTHORIZED
