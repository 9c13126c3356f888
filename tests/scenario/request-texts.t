# What products tell of themselves cannot make a request unreadable: control characters, also those of U+0080 to U+009F, become
# question marks, and long texts are cut.
order Enhanced=5 unsynced
token T
product a
product b
product c
register a token=T hostname="red[31m\x7fhost"
register b token=T hostname="csi31mhost"
register c token=T hostname="hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh"
export R1
inside R1 instances=3 has=csi?31m?host hasnot=
answer R1 A1
import A1
