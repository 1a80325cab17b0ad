// Calls of several threads at once, some within others, some that fail, while the count of threads changes: run under
// ThreadSanitizer, which Node itself cannot be.
#include <atomic>
#include <cstdio>
#include <thread>
#include <vector>

#include "../../src/kernels/native/pool.h"

using namespace nearmiss;

namespace {

constexpr long APART = 64;  // numbers of two workers share no cache line

// Sums 0 ... tasks - 1 by worker; whether every task was run once, by workers there are. A failing one throws from a task.
bool sumsUp(long tasks, bool failing) {
  const Call call;
  const int workers = threads();
  std::atomic<bool> sound{true};
  Borrowed<long> sums(workers * APART);
  for (int worker = 0; worker < workers; worker++) sums[worker * APART] = 0;
  parallel(tasks, [&](long task, int worker) {
    if (worker >= workers) sound = false;
    sums[worker * APART] += task;
    Borrowed<char> own(100 + task * 1000);
    own[0] = 1;
    if (failing && task == tasks / 2) refuseMemory(7);
    const int inside = threads();
    if (task % 5 == 0) {
      parallel(3, [&](long, int nested) {
        if (nested >= inside) sound = false;
      });
    }
  });
  long sum = 0;
  for (int worker = 0; worker < workers; worker++) sum += sums[worker * APART];
  return sound && sum == tasks * (tasks - 1) / 2;
}

bool failsAsItShould(long tasks) {
  try {
    sumsUp(tasks, true);
    return false;
  } catch (const NoMemory& none) {
    return none.bytes == 7;
  }
}

}  // namespace

int main() {
  std::atomic<long> wrong{0};
  std::vector<std::thread> callers;
  for (long caller = 0; caller < 3; caller++) {
    callers.emplace_back([&wrong, caller] {
      for (long round = 0; round < 2000; round++) {
        const long tasks = 1 + (round * 7 + caller) % 40;
        if (!(round % 11 == 0 ? failsAsItShould(tasks) : sumsUp(tasks, false))) wrong++;
        if (round % 50 == caller) setThreads(1 + round / 50 % 6);
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  std::printf("sanitize: the pool, %ld of 6000 calls wrong\n", wrong.load());
  return wrong == 0 ? 0 : 1;
}
