#include "edge/guard.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/rand.h"
#include "crypt/digest.h"

#define WAYS 8 /* slots in which a key may be */
#define ADDRESS_SETS 1024
#define USER_SETS 512
#define PAIR_SETS 2048
#define COUNT_MAX 16 /* the wait is the longest already */
#define SECRET 32

struct slot {
	unsigned char key[GUARD_KEY];
	int64_t at;    /* when count was right: since then some may have been forgotten */
	int64_t until; /* no try before */
	int count;     /* wrong passwords that are not forgotten */
	int busy;      /* tries under way; such a slot keeps its place */
	bool used;
};

static struct slot addresses[ADDRESS_SETS * WAYS], users[USER_SETS * WAYS], pairs[PAIR_SETS * WAYS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* protects the three; held for moments */

/* Nobody outside can tell which keys share a place. */
static const unsigned char *secret(void)
{
	static pthread_mutex_t once = PTHREAD_MUTEX_INITIALIZER; /* protects bytes: made at first use */
	static unsigned char bytes[SECRET];
	static bool made;

	pthread_mutex_lock(&once);
	if (!made)
		rand_bytes(bytes, sizeof(bytes));
	made = true;
	pthread_mutex_unlock(&once);
	return bytes;
}

static void make_key(const char *what, const void *place, size_t place_n, const char *user, unsigned char out[GUARD_KEY])
{
	struct digest *d = digest_begin();
	unsigned char hash[SHA256_SIZE];

	digest_add(d, secret(), SECRET);
	digest_add(d, what, strlen(what) + 1);
	digest_add(d, &place_n, sizeof(place_n));
	digest_add(d, place, place_n);
	digest_add(d, user, strlen(user));
	digest_end(d, hash);
	memcpy(out, hash, GUARD_KEY);
}

/* The bytes of an address that tell one from another: of IPv6 the network, which is one customer's. */
static size_t place_of(const char *address, unsigned char out[16])
{
	static const unsigned char mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

	if (inet_pton(AF_INET, address, out) == 1)
		return 4;
	if (inet_pton(AF_INET6, address, out) != 1)
		return 0;
	if (memcmp(out, mapped, sizeof(mapped)) != 0)
		return 8;
	memmove(out, out + sizeof(mapped), 4);
	return 4;
}

static bool same_place(const char *a, const char *b)
{
	unsigned char one[16], other[16];
	size_t n = place_of(a, one);

	return n && place_of(b, other) == n && memcmp(one, other, n) == 0;
}

static void forget(struct slot *s, int64_t now)
{
	int64_t n = (now - s->at) / GUARD_FORGET_MS;

	if (n < s->count) {
		s->count -= (int)n;
		s->at += n * GUARD_FORGET_MS;
	} else {
		s->count = 0;
		s->at = now;
	}
}

/* The slots in which a key may be. */
static struct slot *set_of(struct slot *table, size_t sets, const unsigned char key[GUARD_KEY])
{
	uint32_t n;

	memcpy(&n, key, sizeof(n));
	return &table[n % sets * WAYS];
}

/* NULL if nothing is known of it. */
static struct slot *find(struct slot *set, const unsigned char key[GUARD_KEY], int64_t now)
{
	for (int i = 0; i < WAYS; i++) {
		if (set[i].used && memcmp(set[i].key, key, GUARD_KEY) == 0) {
			forget(&set[i], now);
			return &set[i];
		}
	}
	return NULL;
}

/* Is a the one to give up for something new rather than b? */
static bool matters_less(const struct slot *a, const struct slot *b)
{
	if (a->used != b->used)
		return !a->used;
	return a->count != b->count ? a->count < b->count : a->at < b->at;
}

/* NULL if everything in its place is under way. */
static struct slot *find_or_make(struct slot *set, const unsigned char key[GUARD_KEY], int64_t now)
{
	struct slot *s = find(set, key, now), *least = NULL;

	if (s)
		return s;
	for (int i = 0; i < WAYS; i++) {
		if (set[i].used)
			forget(&set[i], now);
		if (set[i].busy == 0 && (least == NULL || matters_less(&set[i], least)))
			least = &set[i];
	}
	if (least) {
		memset(least, 0, sizeof(*least));
		memcpy(least->key, key, GUARD_KEY);
		least->used = true;
		least->at = now;
	}
	return least;
}

static struct slot *address_set(const struct guard_try *t)
{
	return set_of(addresses, ADDRESS_SETS, t->address);
}

static struct slot *user_set(const struct guard_try *t)
{
	return set_of(users, USER_SETS, t->user);
}

static void count_wrong(struct slot *s, int64_t now)
{
	int64_t wait = GUARD_WAIT_MAX_MS;

	if (s->count == 0)
		s->at = now;
	if (s->count < COUNT_MAX)
		s->count++;
	if (s->count < GUARD_FREE)
		return;
	if (s->count - GUARD_FREE < 10)
		wait = (int64_t)GUARD_WAIT_MS << (s->count - GUARD_FREE);
	s->until = now + (wait < GUARD_WAIT_MAX_MS ? wait : GUARD_WAIT_MAX_MS);
}

static int refuse(int64_t wait, const char *why, struct err *e)
{
	char span[CLOCK_TEXT_SIZE];
	int s = (int)((wait + SECOND_MS - 1) / SECOND_MS);

	err_set(e, E_RATE_LIMITED, "%s Try again in %s.", why, clock_span((int64_t)s * SECOND_MS, span));
	e->retry_s = s;
	return -1;
}

/* With the lock held. */
static int admit(const struct guard_try *t, bool known_place, int64_t now, struct err *e)
{
	struct slot *address = find_or_make(address_set(t), t->address, now);
	const struct slot *user = find(user_set(t), t->user, now);

	if (address && now < address->until)
		return refuse(address->until - now, "Too many wrong passwords came from your address.", e);
	if (user && now < user->until && !known_place)
		return refuse(user->until - now, "Too many wrong passwords were tried for this user.", e);
	if (address == NULL || address->busy >= (address->count < GUARD_FREE ? GUARD_AT_ONCE : 1))
		return refuse(GUARD_WAIT_MS, "Too many sign-ins from your address are under way.", e);
	address->busy++;
	return 0;
}

int guard_begin(struct guard_try *t, const char *address, const char *user, const char *last_from, struct err *e)
{
	unsigned char place[16] = { 0 };
	size_t n = place_of(address, place);
	int rc;

	make_key("address", place, n, "", t->address);
	make_key("user", "", 0, user, t->user);
	make_key("pair", place, n, user, t->pair);
	pthread_mutex_lock(&lock);
	rc = admit(t, same_place(address, last_from), clock_mono(), e);
	pthread_mutex_unlock(&lock);
	return rc;
}

bool guard_end(const struct guard_try *t, bool wrong)
{
	int64_t now = clock_mono();
	struct slot *address, *user, *pair;
	bool began = false;

	pthread_mutex_lock(&lock);
	address = find(address_set(t), t->address, now);
	if (address) {
		address->busy--;
		if (wrong)
			count_wrong(address, now);
		began = wrong && address->count == GUARD_FREE;
	}
	pair = wrong ? find_or_make(set_of(pairs, PAIR_SETS, t->pair), t->pair, now) : NULL;
	user = pair && pair->count < GUARD_FROM_ONE ? find_or_make(user_set(t), t->user, now) : NULL;
	if (user) {
		count_wrong(pair, now);
		count_wrong(user, now);
	}
	pthread_mutex_unlock(&lock);
	return began;
}

int guard_wrong_secret(const char *address, struct err *e)
{
	unsigned char place[16] = { 0 }, key[GUARD_KEY];
	int64_t now = clock_mono();
	struct slot *s;
	int rc = 0;

	make_key("client", place, place_of(address, place), "", key);
	pthread_mutex_lock(&lock);
	s = find_or_make(set_of(addresses, ADDRESS_SETS, key), key, now);
	if (s && now < s->until) {
		rc = refuse(s->until - now, "Too many wrong client secrets came from your address.", e);
	} else if (s) {
		count_wrong(s, now);
		rc = s->count == GUARD_FREE;
	}
	pthread_mutex_unlock(&lock);
	return rc;
}
