# Products may bring RSA 2048 to 4096, EC P-256 and P-384; each does all there is to do.
order Enhanced=10
token T1
product rsa2048 key=rsa2048
product rsa3072 key=rsa3072
product p256 key=p256
product p384 key=p384
register rsa2048 token=T1
register rsa3072 token=T1
register p256 token=T1
register p384 token=T1
report rsa2048 Enhanced=1 as=m1 -> AUTHORIZED
resend rsa2048 m1 -> SAME
report rsa2048 Enhanced=1 flip -> INVALID_SIGNATURE
report rsa2048 Enhanced=1 signed-by=p256 -> INVALID_SIGNATURE
report rsa2048 Enhanced=1 signed-by=rsa3072 -> INVALID_SIGNATURE
report rsa3072 Enhanced=1 -> AUTHORIZED
report p256 Enhanced=1 signed-by=rsa2048 -> INVALID_SIGNATURE
report p256 Enhanced=1 signed-by=p384 -> INVALID_SIGNATURE
report p256 Enhanced=1 -> AUTHORIZED
report p384 Enhanced=1 -> AUTHORIZED
renew rsa2048 newkey
report rsa2048 Enhanced=1
renew p384 newkey
report p384 Enhanced=1
deregister rsa3072
deregister p256
license Enhanced in-use=2
