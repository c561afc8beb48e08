/** SQL by which each batch of users takes so long, so that there is a middle of the work, however late a test is at it. */
export const takeTime = (seconds: number): string => `
  create function clerk.take_time() returns trigger language plpgsql as
    $$ begin perform pg_sleep(${seconds}); return null; end $$;
  create trigger take_time before insert on clerk.users for each statement execute function clerk.take_time()`

export const TAKE_NO_MORE_TIME = 'drop function clerk.take_time() cascade'
