# A virtual account gets another name, and everything stays where it is: what refers to it does so by its number.
order Enhanced=5
virtual-account add Branch
transfer Enhanced=2 from=Default to=Branch
token T1 va=Branch
product a
register a token=T1
report a Enhanced=2
sync
change-virtual-account Branch name=Depot description="Behind the station"
expect a va=Depot
license Enhanced va=Depot quantity=2 in-use=2
token T2 va=Branch -> VIRTUAL_ACCOUNT_UNKNOWN
product b
register b token=T1 -> OK virtual-account=Depot
# Only the case, the same again, nothing.
change-virtual-account Depot name=DEPOT
change-virtual-account depot name=Depot
change-virtual-account Depot name=Depot description="Behind the station"
change-virtual-account Depot
events virtual-account.update=3
# A name is one, and is there once.
change-virtual-account Depot name=default -> VIRTUAL_ACCOUNT_EXISTS says="'Acme' has a virtual account 'Default' already"
change-virtual-account Depot name="" -> NAME_INVALID
change-virtual-account Branch name=X -> VIRTUAL_ACCOUNT_UNKNOWN
# The manager learns it; also when two exchange their names.
sync
agree
virtual-account add North
sync
change-virtual-account Depot name=Other
change-virtual-account North name=Depot
change-virtual-account Other name=North
sync
agree
# The default one, too; it stays the default.
change-virtual-account Default name=Main
virtual-account delete Main -> VIRTUAL_ACCOUNT_DEFAULT
virtual-account add Default
sync
agree
# One at the manager that a satellite serves: the satellite learns it.
change-virtual-account "Site A" name="Site One" at=manager
next-step Acme
order Basic=1 va="Site One"
sync
license Basic quantity=1 va=Main
