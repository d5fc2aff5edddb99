#include <archive.h>
#include <archive_entry.h>
/* Glibc declares this only for _GNU_SOURCE, which Swift's import of it does not set. */
int syncfs(int descriptor);
