# Strangers, altered messages and messages in the name of others get their code and change nothing.
order Enhanced=5
token T1
product ucm1
product ucm2
product stranger
register ucm1 token=T1
register ucm2 token=T1
report ucm1 Enhanced=3
# A key that nobody knows.
report stranger Enhanced=5 -> UNKNOWN_INSTANCE
deregister stranger -> UNKNOWN_INSTANCE
renew stranger -> UNKNOWN_INSTANCE
# In the name of another product.
report ucm1 Enhanced=0 signed-by=stranger -> INVALID_SIGNATURE
deregister ucm1 signed-by=stranger -> INVALID_SIGNATURE
deregister ucm1 signed-by=ucm2 -> INVALID_SIGNATURE
renew ucm1 newkey signed-by=stranger -> INVALID_SIGNATURE
register stranger token=T1 key=ucm1 signed-by=stranger -> INVALID_SIGNATURE
# A message of one product's identifier and another's certificate.
deregister ucm2 serial=@ucm1 -> UNKNOWN_INSTANCE
report ucm2 Enhanced=0 serial=@ucm1 signed-by=ucm1 -> UNKNOWN_INSTANCE
# Not signed, altered on the way.
deregister ucm1 unsigned -> INVALID_SIGNATURE
deregister ucm1 flip -> INVALID_SIGNATURE
report ucm1 Enhanced=3 flip -> INVALID_SIGNATURE
# REGISTRATION and the other types ignore and need the identifiers respectively.
register ucm1 token=T1 piid=nonsense serial=nonsense -> OK identifier=same certificate=same
report ucm1 Enhanced=3 piid="" serial="" -> UNKNOWN_INSTANCE
expect ucm1 status=Authorized
license Enhanced in-use=3
instances Default=2
