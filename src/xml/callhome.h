/* callhome.h - Smart Call Home: messages inside a SOAP 1.2 envelope (protocol.md section 3).
 *
 * Envelope / Header / Session (To, Path/Via, From, MessageId) and Body / Block / Attachments / Attachment named
 * `smart_licensing_data` whose Data holds the JSON: as text, with entities, as CDATA, or in base64. Elements that are
 * not named here are skipped. Document type definitions are refused before anything of them is used; nothing is ever
 * fetched. The same functions serve servers and products. */
#ifndef XML_CALLHOME_H
#define XML_CALLHOME_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

#define CALLHOME_MAX (2 << 20) /* bytes of an envelope: the JSON grows when it is escaped */
#define CALLHOME_ATTACHMENT "smart_licensing_data"

/* Header/Session; texts are owned, NULL where the envelope has none. */
struct callhome_session {
	char *to, *via, *from, *message_id;
};

/* Before threads start, and at the end. */
void callhome_init(void);
void callhome_end(void);

/* Takes an envelope apart: the JSON is added to message. E_BAD_REQUEST says what is missing or wrong.
 * callhome_session_fini in every case. */
int callhome_read(const char *bytes, size_t n, struct buf *message, struct callhome_session *session, struct err *e);
void callhome_session_fini(struct callhome_session *s);

/* Adds an envelope around JSON text. NULL members of the session are left out. */
void callhome_write(const struct callhome_session *session, const char *json, size_t n, struct buf *out);

#endif
