# Session Management Edition is a product of its own with its own identifier, at the manager directly.
order CUWL=1 va=Direct
token D1 at=manager va=Direct
agent S product=SME at=manager
run S license usage set CUWL=1
run S license smart register idtoken $D1
state S registration=REGISTERED authorization=AUTHORIZED
license CUWL at=manager va=Direct quantity=1 in-use=1
advance 400d
state S registration=REGISTERED authorization=AUTHORIZED RENEW_REGISTRATION=2
instances Direct=1 at=manager
run S license smart deregister
license CUWL at=manager va=Direct in-use=0
