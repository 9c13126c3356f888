# An account in which nothing ever was goes at once, as after a typing error: not even its name has to be said.
account Typo smart=Acme virtual=Direct
token T account=Typo -> ACCOUNT_INACTIVE
delete-account Typo confirm=Other -> INVALID_REQUEST
delete-account Typo
delete-account Typo -> ACCOUNT_UNKNOWN
account Typo at=manager
token T account=Typo at=manager
delete-account Typo at=manager
# One that waits for its authorization file, too, even if that was answered: the manager is told who may use it.
account Second smart=Acme virtual=Direct
export F account=Second
authorize F A
delete-account Second
import A account=Second -> ACCOUNT_UNKNOWN
account Third smart=Acme virtual=Direct
export G account=Third
authorize G B -> SERVED_ELSEWHERE
