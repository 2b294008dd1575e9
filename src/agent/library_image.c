// library_image.c: no indexes: the library makes them from its pages when it is opened.
// It is so in tools/make_library.c, and where the program is built for another machine,
// whose programs cannot be run here.
#include "agent/library_image.h"

const LibraryImage library_image = {0};
