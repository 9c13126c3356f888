/* idset.h - a set of UUIDs of any number in little memory: in a nameless temporary file.
 *
 * For work that has to know whether it has seen a record before, with millions of them. It belongs to one thread. */
#ifndef DB_IDSET_H
#define DB_IDSET_H

#include "base/err.h"

struct idset;

/* An empty one, with its file in the folder dir. E_DISK_FULL, E_FILE_ERROR, E_DATABASE_ERROR. */
int idset_open(const char *dir, struct idset **out, struct err *e);
void idset_close(struct idset *s);

/* Adds a UUID of some kind (a letter of the caller's): 1, 0 if it was there already, -1. */
int idset_add(struct idset *s, char kind, const char *uuid, struct err *e);

/* 1 if it is there, 0, -1. */
int idset_has(struct idset *s, char kind, const char *uuid, struct err *e);

#endif
