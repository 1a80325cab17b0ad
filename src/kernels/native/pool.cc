#include "pool.h"

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <new>
#include <thread>
#include <vector>

namespace nearmiss {
namespace {

// Never destroyed: its threads wait in it when the process exits.
struct Pool {
  std::mutex call;  // held by the call that has the workers
  std::mutex state;
  std::condition_variable begin, end;
  std::atomic<long> next{0};
  std::atomic<unsigned> round{0};
  std::atomic<int> working{0};
  long tasks = 0;
  Body body = nullptr;
  const void* context = nullptr;
  int invited = 0;  // workers of this round, the caller not counted
  int started = 0;
  int count = 1;
};

Pool& pool() {
  static Pool* only = new Pool;
  return *only;
}

void takeTasks(Pool& p, int worker) {
  for (long task; (task = p.next.fetch_add(1, std::memory_order_relaxed)) < p.tasks;) p.body(p.context, task, worker);
}

void work(int worker) {
  Pool& p = pool();
  unsigned seen = 0;
  for (;;) {
    // products follow one another closely: look for a while before sleeping
    for (int look = 0; look < 2000 && p.round.load(std::memory_order_acquire) == seen; look++) {
#if defined(__x86_64__) || defined(__i386__)
      __builtin_ia32_pause();
#endif
    }
    int invited;
    {
      std::unique_lock<std::mutex> lock(p.state);
      p.begin.wait(lock, [&] { return p.round.load(std::memory_order_relaxed) != seen; });
      seen = p.round.load(std::memory_order_relaxed);
      invited = p.invited;
    }
    if (worker > invited) continue;
    takeTasks(p, worker);
    if (p.working.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      std::lock_guard<std::mutex> lock(p.state);
      p.end.notify_one();
    }
  }
}

}  // namespace

void runTasks(long tasks, Body body, const void* context) {
  Pool& p = pool();
  std::unique_lock<std::mutex> call(p.call, std::try_to_lock);
  const int wanted = static_cast<int>(tasks < p.count ? tasks : p.count) - 1;
  if (!call.owns_lock() || wanted <= 0) {
    for (long task = 0; task < tasks; task++) body(context, task, 0);
    return;
  }
  {
    std::lock_guard<std::mutex> lock(p.state);
    for (; p.started < wanted; p.started++) std::thread(work, p.started + 1).detach();
    p.tasks = tasks;
    p.body = body;
    p.context = context;
    p.invited = wanted;
    p.next.store(0, std::memory_order_relaxed);
    p.working.store(wanted, std::memory_order_relaxed);
    p.round.fetch_add(1, std::memory_order_release);
  }
  p.begin.notify_all();
  takeTasks(p, 0);
  for (int look = 0; look < 20000 && p.working.load(std::memory_order_acquire) > 0; look++) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
  }
  std::unique_lock<std::mutex> lock(p.state);
  p.end.wait(lock, [&] { return p.working.load(std::memory_order_acquire) == 0; });
}

int threads() { return pool().count; }
void setThreads(int count) { pool().count = count < 1 ? 1 : count; }

namespace {

// A block of memory with its size before it.
struct Block {
  size_t bytes;
};
constexpr size_t HEAD = 64;
constexpr size_t KEPT_AT_MOST = size_t{256} << 20;

struct Blocks {
  std::mutex lock;
  std::vector<void*> free;
  size_t bytes = 0;
};

Blocks& blocks() {
  static Blocks* only = new Blocks;
  return *only;
}

size_t sizeOf(void* memory) { return reinterpret_cast<Block*>(static_cast<char*>(memory) - HEAD)->bytes; }

}  // namespace

void* borrow(size_t bytes) {
  Blocks& kept = blocks();
  {
    std::lock_guard<std::mutex> lock(kept.lock);
    auto best = kept.free.end();
    for (auto at = kept.free.begin(); at != kept.free.end(); ++at) {
      // not one much too large, which another may be about to ask for
      const bool fits = sizeOf(*at) >= bytes && sizeOf(*at) <= 2 * bytes + 65536;
      if (fits && (best == kept.free.end() || sizeOf(*at) < sizeOf(*best))) best = at;
    }
    if (best != kept.free.end()) {
      void* memory = *best;
      kept.free.erase(best);
      kept.bytes -= sizeOf(memory);
      return memory;
    }
  }
  const size_t whole = (bytes + HEAD + 63) / 64 * 64;
  void* block = std::aligned_alloc(64, whole);
  if (block == nullptr) std::abort();
  static_cast<Block*>(block)->bytes = whole - HEAD;
  return static_cast<char*>(block) + HEAD;
}

void giveBack(void* memory) {
  Blocks& kept = blocks();
  std::lock_guard<std::mutex> lock(kept.lock);
  if (kept.bytes + sizeOf(memory) > KEPT_AT_MOST) {
    std::free(static_cast<char*>(memory) - HEAD);
    return;
  }
  kept.bytes += sizeOf(memory);
  kept.free.push_back(memory);
}

}  // namespace nearmiss
