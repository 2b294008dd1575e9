#include "diagnose/internal.h"
void diagnose_repro(Diagnosis *d) {
  (void)d;
}
