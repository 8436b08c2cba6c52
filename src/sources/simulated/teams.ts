/** Splits a comma separated list of names that may run over several lines. */
function names(list: string): readonly string[] {
  return list.split(",").map((name) => name.trim().replace(/\s+/g, " "));
}

/** The teams of the NBA. */
export const NBA = names(`Atlanta Hawks, Boston Celtics, Brooklyn Nets, Charlotte Hornets, Chicago Bulls,
  Cleveland Cavaliers, Dallas Mavericks, Denver Nuggets, Detroit Pistons, Golden State Warriors, Houston Rockets,
  Indiana Pacers, Los Angeles Clippers, Los Angeles Lakers, Memphis Grizzlies, Miami Heat, Milwaukee Bucks,
  Minnesota Timberwolves, New Orleans Pelicans, New York Knicks, Oklahoma City Thunder, Orlando Magic,
  Philadelphia 76ers, Phoenix Suns, Portland Trail Blazers, Sacramento Kings, San Antonio Spurs, Toronto Raptors,
  Utah Jazz, Washington Wizards`);

/** The teams of the NFL. */
export const NFL =
  names(`Arizona Cardinals, Atlanta Falcons, Baltimore Ravens, Buffalo Bills, Carolina Panthers,
  Chicago Bears, Cincinnati Bengals, Cleveland Browns, Dallas Cowboys, Denver Broncos, Detroit Lions,
  Green Bay Packers, Houston Texans, Indianapolis Colts, Jacksonville Jaguars, Kansas City Chiefs,
  Las Vegas Raiders, Los Angeles Chargers, Los Angeles Rams, Miami Dolphins, Minnesota Vikings,
  New England Patriots, New Orleans Saints, New York Giants, New York Jets, Philadelphia Eagles,
  Pittsburgh Steelers, San Francisco 49ers, Seattle Seahawks, Tampa Bay Buccaneers, Tennessee Titans,
  Washington Commanders`);

/** The teams of the NHL, as the upstream spells them. */
export const NHL = names(`Anaheim Ducks, Boston Bruins, Buffalo Sabres, Calgary Flames, Carolina Hurricanes,
  Chicago Blackhawks, Colorado Avalanche, Columbus Blue Jackets, Dallas Stars, Detroit Red Wings, Edmonton Oilers,
  Florida Panthers, Los Angeles Kings, Minnesota Wild, Montréal Canadiens, Nashville Predators,
  New Jersey Devils, New York Islanders, New York Rangers, Ottawa Senators, Philadelphia Flyers,
  Pittsburgh Penguins, San Jose Sharks, Seattle Kraken, St Louis Blues, Tampa Bay Lightning, Toronto Maple Leafs,
  Utah Mammoth, Vancouver Canucks, Vegas Golden Knights, Washington Capitals, Winnipeg Jets`);

/** The teams of Major League Baseball. */
export const MLB = names(`Arizona Diamondbacks, Athletics, Atlanta Braves, Baltimore Orioles, Boston Red Sox,
  Chicago Cubs, Chicago White Sox, Cincinnati Reds, Cleveland Guardians, Colorado Rockies, Detroit Tigers,
  Houston Astros, Kansas City Royals, Los Angeles Angels, Los Angeles Dodgers, Miami Marlins, Milwaukee Brewers,
  Minnesota Twins, New York Mets, New York Yankees, Philadelphia Phillies, Pittsburgh Pirates, San Diego Padres,
  San Francisco Giants, Seattle Mariners, St. Louis Cardinals, Tampa Bay Rays, Texas Rangers, Toronto Blue Jays,
  Washington Nationals`);

/** The teams of the English Premier League. */
export const EPL =
  names(`Arsenal, Aston Villa, Bournemouth, Brentford, Brighton and Hove Albion, Burnley, Chelsea,
  Crystal Palace, Everton, Fulham, Leeds United, Liverpool, Manchester City, Manchester United, Newcastle United,
  Nottingham Forest, Sunderland, Tottenham Hotspur, West Ham United, Wolverhampton Wanderers`);

/** The teams of the German Bundesliga. */
export const BUNDESLIGA = names(`1. FC Heidenheim, 1. FC Köln, Augsburg, Bayer Leverkusen, Bayern Munich,
  Borussia Dortmund, Borussia Monchengladbach, Eintracht Frankfurt, FC St. Pauli, FSV Mainz 05, Hamburger SV,
  RB Leipzig, SC Freiburg, TSG Hoffenheim, Union Berlin, VfB Stuttgart, VfL Wolfsburg, Werder Bremen`);

/** The teams of the Norwegian Eliteserien. */
export const ELITESERIEN = names(`Bodø/Glimt, Bryne FK, Fredrikstad FK, Hamarkameratene, Haugesund, KFUM,
  Kristiansund BK, Molde, Rosenborg, Sandefjord, Sarpsborg FK, SK Brann, Strømsgodset, Tromsø, Viking FK,
  Vålerenga`);

/** The teams of Major League Soccer. */
export const MLS =
  names(`Atlanta United FC, Austin FC, CF Montréal, Charlotte FC, Chicago Fire, Colorado Rapids,
  Columbus Crew SC, D.C. United, FC Cincinnati, FC Dallas, Houston Dynamo, Inter Miami CF, LA Galaxy,
  Los Angeles FC, Minnesota United FC, Nashville SC, New England Revolution, New York City FC, New York Red Bulls,
  Orlando City SC, Philadelphia Union, Portland Timbers, Real Salt Lake, San Diego FC, San Jose Earthquakes,
  Seattle Sounders FC, Sporting Kansas City, St. Louis City SC, Toronto FC, Vancouver Whitecaps FC`);

/** The teams of the EuroLeague. */
export const EUROLEAGUE =
  names(`AS Monaco, Anadolu Efes, ASVEL, Barcelona, Baskonia, Bayern Munich, Crvena Zvezda,
  Dubai Basketball, Fenerbahce, Hapoel Tel Aviv, Maccabi Tel Aviv, Olimpia Milano, Olympiacos, Panathinaikos,
  Paris Basketball, Partizan, Real Madrid, Valencia, Virtus Bologna, Zalgiris Kaunas`);

/** Fighters by weight class: nobody fights outside their own. */
export const FIGHTERS: readonly (readonly string[])[] = [
  names(`Ilia Topuria, Arman Tsarukyan, Charles Oliveira, Justin Gaethje, Max Holloway, Dustin Poirier,
    Paddy Pimblett, Dan Hooker, Mateusz Gamrot, Beneil Dariush`),
  names(`Jack Della Maddalena, Belal Muhammad, Shavkat Rakhmonov, Sean Brady, Leon Edwards, Kamaru Usman,
    Ian Machado Garry, Joaquin Buckley, Michael Morales, Gilbert Burns`),
  names(`Khamzat Chimaev, Dricus Du Plessis, Nassourdine Imavov, Sean Strickland, Israel Adesanya, Robert Whittaker,
    Caio Borralho, Jared Cannonier, Brendan Allen, Paulo Costa`),
  names(`Valentina Shevchenko, Manon Fiorot, Alexa Grasso, Natalia Silva, Erin Blanchfield, Maycee Barber,
    Rose Namajunas, Jasmine Jasudavicius`),
];

/** Players of the ATP tour. */
export const ATP =
  names(`Jannik Sinner, Carlos Alcaraz, Alexander Zverev, Taylor Fritz, Jack Draper, Novak Djokovic,
  Ben Shelton, Holger Rune, Alex de Minaur, Lorenzo Musetti, Casper Ruud, Daniil Medvedev, Andrey Rublev,
  Tommy Paul, Frances Tiafoe, Felix Auger-Aliassime, Karen Khachanov, Jakub Menšík, Arthur Fils, Ugo Humbert,
  Tomáš Macháč, Francisco Cerúndolo, Grigor Dimitrov, Stefanos Tsitsipas, Sebastian Korda, Jiří Lehečka,
  Denis Shapovalov, Alexei Popyrin, Alejandro Davidovich Fokina, Hubert Hurkacz, Cameron Norrie, Gaël Monfils`);

/** Golfers at the Masters, the favourites first. */
export const GOLFERS = names(`Scottie Scheffler, Rory McIlroy, Jon Rahm, Bryson DeChambeau, Xander Schauffele,
  Ludvig Åberg, Collin Morikawa, Tommy Fleetwood, Justin Thomas, Brooks Koepka, Hideki Matsuyama, Viktor Hovland,
  Patrick Cantlay, Jordan Spieth, Joaquin Niemann, Shane Lowry, Tyrrell Hatton, Robert MacIntyre, Russell Henley,
  Cameron Smith, Justin Rose, Sepp Straka, Corey Conners, Min Woo Lee, Sungjae Im, Wyndham Clark, Will Zalatoris,
  Tony Finau, Jason Day, Patrick Reed, Sam Burns, Akshay Bhatia, Cameron Young, Dustin Johnson, Max Homa,
  Sahith Theegala, Keegan Bradley, Brian Harman, Adam Scott, Tom Kim, Sergio Garcia, Phil Mickelson`);
