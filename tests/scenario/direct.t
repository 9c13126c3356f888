# Products registered directly at the manager: its issuing CA, its signer, its virtual accounts.
order Enhanced=5 va=Direct
order Basic=3
token D1 at=manager va=Direct
product d1 at=manager
register d1 token=D1 -> OK account=Acme virtual-account=Direct
report d1 Enhanced=5 -> AUTHORIZED renew-in=30d expires-in=90d
license Enhanced at=manager va=Direct quantity=5 in-use=5
# The satellite does not know it, nor its token.
report d1 Enhanced=5 at=satellite -> UNKNOWN_INSTANCE
product s1
register s1 token=D1 -> INVALID_TOKEN
token S1
product d2 at=manager
register d2 token=S1 -> INVALID_TOKEN
# The manager's authority has no end.
advance 100d
report d1 Enhanced=5 -> AUTHORIZED
renew d1 newkey
report d1 Enhanced=6 -> OUT_OF_COMPLIANCE
restart
report d1 Enhanced=5 -> AUTHORIZED
register d2 token=D1 -> TOKEN_EXPIRED
# Moving between virtual accounts of the manager.
token D2 at=manager va=Default
register d1 token=D2 force -> OK identifier=same virtual-account=Default
license Enhanced at=manager va=Direct in-use=0
license Enhanced at=manager va=Default quantity=0 in-use=5
transfer Enhanced=5 from=Direct to=Default at=manager
report d1 Enhanced=5 -> AUTHORIZED
deregister d1
instances Default=0 at=manager
events at=manager instance.register=1 instance.move=1 instance.deregister=1
