# Two accounts on one server are wholly apart, whatever is called the same in both: virtual accounts, licenses, products.
order Enhanced=5
account Other at=manager
virtual-account add Elsewhere at=manager account=Other
order Enhanced=3 account=Other va=Elsewhere unsynced
account Second smart=Other virtual=Elsewhere
export F account=Second
authorize F A
import A account=Second
virtual-account add Branch
virtual-account add Branch account=Second
license Enhanced quantity=5
license Enhanced quantity=3 account=Second
token T1 va=Branch
token T2 va=Branch account=Second
product a
product b
register a token=T1 -> OK account=Acme virtual-account=Branch
register b token=T2 -> OK account=Second virtual-account=Branch
instances Branch=1
instances Branch=1 account=Second
# Licenses of the one are none of the other.
report b Enhanced=1 -> OUT_OF_COMPLIANCE
transfer Enhanced=5 from=Default to=Branch
report b Enhanced=1 -> OUT_OF_COMPLIANCE
report a Enhanced=5 -> AUTHORIZED
license Enhanced va=Branch account=Second quantity=0 in-use=1
license Enhanced va=Branch quantity=5 in-use=5
transfer Enhanced=1 from=Default to=Branch account=Second
report b Enhanced=1 -> AUTHORIZED
license Enhanced va=Branch quantity=5 in-use=5
# What people say of the one.
change-virtual-account Branch tags=site=berlin
tags Branch site=berlin
tags Branch account=Second ""
change-virtual-account Branch account=Second name=Depot
instances Branch=1
instances Depot=1 account=Second
virtual-account delete Branch account=Second -> VIRTUAL_ACCOUNT_UNKNOWN
# The end of the one.
deactivate Second
report a Enhanced=4 -> AUTHORIZED
deregister b
delete-account Second confirm=Second -> OK says="the other account of this satellite then registers anew, too"
report a Enhanced=3 -> AUTHORIZED
instances Branch=1
license Enhanced va=Branch quantity=5 in-use=3
token T3 va=Branch
product c
register c token=T3 -> OK account=Acme virtual-account=Branch
sync
agree
