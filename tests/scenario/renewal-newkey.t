# Renewal with a new key: the message is signed by the old one, the successor is for the new one.
order Enhanced=5
token T1
product ucm1 key=rsa2048
register ucm1 token=T1
report ucm1 Enhanced=2
renew ucm1 newkey as=n1 -> OK certificate=new identifier=same
resend ucm1 n1 -> SAME
certificates ucm1 CURRENT SUCCESSOR
# The predecessor with its own key still works.
report ucm1 cert=1 Enhanced=2 -> AUTHORIZED
# Certificate and key must belong together.
report ucm1 Enhanced=3 -> AUTHORIZED
product other
report ucm1 Enhanced=3 signed-by=other -> INVALID_SIGNATURE
report ucm1 cert=1 Enhanced=2 -> CERTIFICATE_REVOKED
renew ucm1 csr=broken -> INVALID_CSR
renew ucm1 csr=broken flip -> INVALID_CSR
renew ucm1 csr=altered -> INVALID_CSR
renew ucm1 csr=altered cert=1 -> INVALID_CSR
renew ucm1 csr=none -> OK
report ucm1 Enhanced=1
# The old key with the same token is another key now: the product is known by its newest ones.
deregister ucm1
license Enhanced in-use=0
