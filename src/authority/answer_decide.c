#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "authority/answer.h"

static enum answer_decision resync(char reason[MANIFEST_REASON_SIZE], const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static enum answer_decision resync(char reason[MANIFEST_REASON_SIZE], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, MANIFEST_REASON_SIZE, fmt, ap);
	va_end(ap);
	return ANSWER_RESYNC;
}

static bool told(const unsigned char sha256[SHA256_SIZE])
{
	static const unsigned char none[SHA256_SIZE];

	return memcmp(sha256, none, SHA256_SIZE) != 0;
}

/* A standard request says what changed since its base: that must be known here, and nothing may have come between. */
static enum answer_decision decide_standard(const struct manifest *m, const struct answer_known *known,
					    char reason[MANIFEST_REASON_SIZE])
{
	if (m->base_sequence == 0 && !known->any)
		return ANSWER_APPLY;
	if (m->base_sequence == 0)
		return resync(reason,
			      "The satellite begins anew, but its requests up to %" PRId64
			      " are known here. It was built anew, or set back to a backup.",
			      known->last);
	if (!known->base_applied)
		return resync(reason,
			      "The satellite builds on its request %" PRId64
			      ", which is not known here. The cloud manager was set back to a backup, or the satellite was "
			      "authorized anew.",
			      m->base_sequence);
	if (told(m->previous_sha256) && m->base_sequence < known->last &&
	    memcmp(m->previous_sha256, known->digest, SHA256_SIZE) != 0)
		return resync(reason,
			      "The satellite does not know its request %" PRId64
			      ", which was applied here. It was set back to a backup.",
			      known->last);
	return ANSWER_APPLY;
}

enum answer_decision answer_decide(const struct manifest *m, const unsigned char digest[SHA256_SIZE],
				   const struct answer_known *known, char reason[MANIFEST_REASON_SIZE])
{
	bool is_last = known->any && known->last == m->sequence && memcmp(known->digest, digest, SHA256_SIZE) == 0;

	*reason = '\0';
	if (known->response && known->response_kept)
		return ANSWER_AGAIN;
	if (known->response && is_last && !known->response_made)
		return ANSWER_FINISH;
	if (known->resync_kept)
		return ANSWER_AGAIN;
	if (known->response)
		return resync(reason, "The answer to request %" PRId64 " is no longer kept.", m->sequence);
	if (known->any && m->sequence <= known->last)
		return resync(reason,
			      "Another request %" PRId64 " was applied here, and the last one was %" PRId64
			      ". The satellite was set back to a backup.",
			      m->sequence, known->last);
	return m->mode == MANIFEST_FULL ? ANSWER_APPLY : decide_standard(m, known, reason);
}
