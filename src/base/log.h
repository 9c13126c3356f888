/* log.h - one line an event on stderr, in logfmt (journald reads it).
 *
 * Never logged: tokens, keys, passwords, cookies, query strings. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Lines above this level are dropped. Starts at info. */
void log_set_level(enum log_level level);

/* Sends lines elsewhere (tests); NULL goes back to stderr. */
void log_set_sink(void (*sink)(enum log_level level, const char *line));

/* `time=… level=info module=http msg="listening on port 8443"`; module is a plain word. */
void log_msg(enum log_level level, const char *module, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#define log_error(module, ...) log_msg(LOG_LEVEL_ERROR, module, __VA_ARGS__)
#define log_warning(module, ...) log_msg(LOG_LEVEL_WARNING, module, __VA_ARGS__)
#define log_info(module, ...) log_msg(LOG_LEVEL_INFO, module, __VA_ARGS__)
#define log_debug(module, ...) log_msg(LOG_LEVEL_DEBUG, module, __VA_ARGS__)

#endif
