// The worm and the l sweep of symmetra.lattice in plain C++, on the same tables and the same random words:
// twin NT NX TABLE MU OPENING WORMS ROUNDS prints proposals/s, l proposals/s and the first word of the generator.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

struct Words {
  uint64_t a, b, c, d;
  inline uint64_t next() {
    uint64_t total = a + d, bits = ((total << 23) | (total >> 41)) + a, shifted = b << 17;
    c ^= a; d ^= b; b ^= c; a ^= d; c ^= shifted;
    d = (d << 45) | (d >> 19);
    return bits;
  }
};
static inline double uniform(uint64_t bits) { return double(bits >> 11) * 0x1p-53; }
static double seconds() {
  timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return double(t.tv_sec) + 1e-9 * double(t.tv_nsec);
}

int main(int argc, char** argv) {
  if (argc != 8) return 1;
  const int nt = atoi(argv[1]), nx = atoi(argv[2]), sites = nt * nx, worms = atoi(argv[6]), rounds = atoi(argv[7]);
  const double mu = atof(argv[4]), opening = atof(argv[5]), closing = 1 / opening;
  std::vector<double> site, inverse(2048);
  FILE* file = fopen(argv[3], "rb");
  for (double value; fread(&value, 8, 1, file) == 1;) site.push_back(value);
  fclose(file);
  for (int j = 1; j < 2048; ++j) inverse[j] = 1.0 / j;
  const double boost[4] = {std::exp(mu), std::exp(-mu), 1, 1};
  std::vector<int32_t> around(4 * sites);
  for (int t = 0; t < nt; ++t)
    for (int x = 0; x < nx; ++x) {
      int32_t* near = &around[4 * (t * nx + x)];
      near[0] = (t + 1) % nt * nx + x, near[1] = (t + nt - 1) % nt * nx + x;
      near[2] = t * nx + (x + 1) % nx, near[3] = t * nx + (x + nx - 1) % nx;
    }
  std::vector<int16_t> k(2 * sites), l(2 * sites), half(sites);
  Words words{1, 2, 3, 4};
  double worm_best = 0, link_best = 0;
  const int links = std::max(1, 400000 / sites);
  for (int round = 0; round < rounds; ++round) {
    double start = seconds();
    int64_t proposals = 0;
    Words w = words;
    for (int worm = 0; worm < worms; ++worm) {
      const int tail = int(uniform(w.next()) * sites);
      int head = tail;
      bool open = false;
      for (;;) {
        ++proposals;
        const uint64_t bits = w.next();
        const int way = int(bits & 1) | int(((bits >> 1) & 1023) * 2 >> 10) << 1;
        const int there = around[4 * head + way], sign = 1 - 2 * (way & 1);
        const int link = 2 * (sign > 0 ? head : there) + (way >> 1);
        const int flux = k[link], fresh = flux + sign;
        const bool grows = std::abs(fresh) > std::abs(flux), closes = open && there == tail;
        double rate = boost[way] * (grows ? inverse[std::abs(fresh) + l[link]] : double(std::abs(flux) + l[link]));
        const int here_half = half[head], there_half = half[there];
        const int new_here = here_half + grows - open, new_there = there_half + grows - closes;
        rate *= site[2 * here_half + new_here + 1] * site[2 * there_half + new_there + 1];
        if (closes) rate *= closing;
        else if (!open) rate *= opening;
        if (uniform(bits) < rate) {
          k[link] = int16_t(fresh), half[head] = int16_t(new_here), half[there] = int16_t(new_there);
          if (closes) break;
          open = true, head = there;
        } else if (!open) break;
      }
    }
    worm_best = std::max(worm_best, double(proposals) / (seconds() - start));
    start = seconds();
    for (int pass = 0; pass < links; ++pass)
      for (int x = 0; x < sites; ++x) {
        int mine = half[x];
        for (int axis = 0; axis < 2; ++axis) {
          const int there = around[4 * x + 2 * axis], link = 2 * x + axis;
          const uint64_t bits = w.next();
          const int now = l[link], flux = std::abs(k[link]), other = half[there];
          if (bits & 1) {
            if (uniform(bits) < inverse[flux + now + 1] * inverse[now + 1] * site[3 * mine + 2] * site[3 * other + 2])
              l[link] = int16_t(now + 1), ++mine, half[there] = int16_t(other + 1);
          } else if (now > 0 && uniform(bits) < double((flux + now) * now) * site[3 * mine] * site[3 * other]) {
            l[link] = int16_t(now - 1), --mine, half[there] = int16_t(other - 1);
          }
        }
        half[x] = int16_t(mine);
      }
    link_best = std::max(link_best, double(links) * 2 * sites / (seconds() - start));
    words = w;
  }
  std::printf("%.17g %.17g %llu\n", worm_best, link_best, (unsigned long long)words.a);
}
