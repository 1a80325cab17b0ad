// Threads and memory that outlive a call. Compiled once, for the baseline instruction set.
#pragma once

#include <cstddef>

namespace nearmiss {

typedef void (*Body)(const void* context, long task, int worker);

// Runs body(context, task, worker) for every task in [0, tasks), each once, in no order; returns when all are done. Workers
// are numbered from 0 and fewer than threads(). A call made while another is under way runs on its own thread alone.
void runTasks(long tasks, Body body, const void* context);

int threads();
void setThreads(int count);

// Memory aligned to 64 bytes, kept for the next who borrows as much.
void* borrow(size_t bytes);
void giveBack(void* memory);

// The same as runTasks, for a lambda. Inlined, as Borrowed is: files of several instruction sets include this.
template <class Task>
inline __attribute__((always_inline)) void parallel(long tasks, const Task& task) {
  runTasks(tasks, [](const void* context, long number, int worker) { (*static_cast<const Task*>(context))(number, worker); }, &task);
}

// Numbers borrowed for as long as this lives.
template <class Number>
class Borrowed {
 public:
  __attribute__((always_inline)) explicit Borrowed(size_t count) : numbers_(static_cast<Number*>(borrow(count * sizeof(Number)))) {}
  __attribute__((always_inline)) ~Borrowed() { giveBack(numbers_); }
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;
  __attribute__((always_inline)) operator Number*() const { return numbers_; }

 private:
  Number* numbers_;
};

}  // namespace nearmiss
