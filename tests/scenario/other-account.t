# A token of another account neither moves nor takes over, with or without force.
order Enhanced=5
account Other at=manager
virtual-account add Elsewhere at=manager account=Other
account Second smart=Other virtual=Elsewhere
export F account=Second
authorize F A
import A account=Second
token T1
token TO account=Second
product ucm1
product copy udi=ucm1
register ucm1 token=T1
register ucm1 token=TO -> ALREADY_REGISTERED
register ucm1 token=TO force -> ALREADY_REGISTERED
register copy token=TO -> ALREADY_REGISTERED
register copy token=TO force -> ALREADY_REGISTERED
token-is TO ACTIVE uses=0
instances Default=0 account=Second
# Once it is deregistered the other account may have it.
deregister ucm1
register copy token=TO -> OK account=Second virtual-account=Default
instances Default=1 account=Second
instances Default=0
# Switching one account off leaves the other alone.
token T2
deactivate Second
report copy Enhanced=1 -> ACCOUNT_INACTIVE
register ucm1 token=T2 -> ALREADY_REGISTERED
deregister copy
register ucm1 token=T2 -> OK account=Acme
