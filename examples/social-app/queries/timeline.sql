-- The newest posts, with their authors' names, pictures and countries: one query on one database, no call to Clerk.
select
  posts.id,
  posts.body,
  case
    when users.deleted_at is not null then 'Somebody who left'
    else coalesce(nullif(concat_ws(' ', users.first_name, users.last_name), ''), users.username, 'Somebody')
  end             as author,
  users.image_url as avatar,
  profiles.country
from posts
join clerk.users as users on users.id = posts.author_id
left join user_profiles as profiles on profiles.clerk_id = users.id
order by posts.created_at desc, posts.id desc
limit 50;
